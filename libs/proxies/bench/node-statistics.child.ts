/**
 * @file Statistics of every class of NAS-Bench-201's cells, kept in a file: run again, it computes what is missing.
 * Arguments: the file, and how many classes at most. Records are appended whole, so an interrupted run loses one at most.
 */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { ConfigurationError, rng } from '@sextant/common';
import { probeLowerings } from '@sextant/engine';
import type { ParameterLayout } from '@sextant/networks';
import { allCells, cellHash, reachableOperations, type Cell } from '@sextant/search-space';
import { openScorer, parzcProxies } from '../src';
import { cellRecord, cellRecordLength, family } from './cell-record';
import { cifarBatch } from './cifar-batch';

/** What a file's numbers depend on; another version, seed or batch is another file. */
const made = {
  version: 1,
  weightSeed: 1,
  batch: 'cifar10 train, first 16',
  recordLength: cellRecordLength,
};

const [file = '', limit = 'Infinity'] = process.argv.slice(2);

/** Of each class the cell of the smallest official number, in an order drawn once, so that a part of it is a sample. */
function classes(): { readonly index: number; readonly cell: Cell }[] {
  const first = new Map<string, { readonly index: number; readonly cell: Cell }>();
  allCells().forEach((cell, index) => {
    const hash = cellHash(cell);
    if (!first.has(hash)) first.set(hash, { index, cell });
  });
  return rng(1, 'order').shuffle([...first.values()]);
}

/** The names by which the draws of version 1 are made; null: no weight. */
function drawnAs(name: string): string | null {
  if (!name.endsWith('.weight')) return null;
  return name
    .slice(0, -'.weight'.length)
    .replace(/^stages\.(\d)\.reduction\./, 'r$1.')
    .replace(/^stages\.(\d)\.cells\./, 's$1.c')
    .replace(/\.edges\.(\d)\.conv/, '.e$1.k')
    .replace('shortcut', 's');
}

/** Weights U(±1/√fan_in), γ = 1, and no shifts. */
function weights({ parameters, total }: ParameterLayout): Float32Array {
  const theta = new Float32Array(total);
  for (const { name, dims, offset, size } of parameters) {
    const drawn = drawnAs(name);
    if (drawn === null) {
      if (name.endsWith('.gamma')) theta.fill(1, offset, offset + size);
      continue;
    }
    const bound = 1 / Math.sqrt(size / (dims[0] as number));
    const draw = rng(made.weightSeed, 'weights').fork(drawn);
    for (let at = offset; at < offset + size; at++) theta[at] = bound * (2 * draw.uniform() - 1);
  }
  return theta;
}

/** Numbers of the cells in the file; a record that was cut off is cut away. */
function stored(): Set<number> {
  const note = `${file}.json`;
  if (!existsSync(file)) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(note, JSON.stringify(made));
    writeFileSync(file, new Uint8Array());
    return new Set();
  }
  const known: unknown = existsSync(note) ? JSON.parse(readFileSync(note, 'utf8')) : null;
  if (JSON.stringify(known) !== JSON.stringify(made)) {
    throw new ConfigurationError(`${file} holds statistics made otherwise (${note}); move it away`);
  }
  const bytes = readFileSync(file);
  const whole = Math.floor(bytes.length / (4 * cellRecordLength));
  truncateSync(file, whole * 4 * cellRecordLength);
  return new Set(
    Array.from({ length: whole }, (_, at) => bytes.readFloatLE(at * 4 * cellRecordLength)),
  );
}

const known = stored();
const missing = classes()
  .filter(({ index }) => !known.has(index))
  .slice(0, Math.max(0, Number(limit) - known.size));
const before = process.cpuUsage();
if (missing.length > 0) {
  const scorer = openScorer({
    family,
    proxies: parzcProxies,
    batches: [cifarBatch(16, 0)],
    ...{ seed: made.weightSeed, weights, threads: 1, lowerings: await probeLowerings() },
  });
  for (const { index, cell } of missing) {
    const record = cellRecord(index, cell, await scorer.score(reachableOperations(cell)));
    appendFileSync(file, new Uint8Array(record.buffer));
  }
  await scorer.release();
}
const { user, system } = process.cpuUsage(before);
console.log(
  JSON.stringify({
    cells: known.size + missing.length,
    computed: missing.length,
    cpuSecondsPerCell: missing.length > 0 ? (user + system) / 1e6 / missing.length : null,
  }),
);
