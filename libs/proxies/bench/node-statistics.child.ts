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
import { gunzipSync } from 'node:zlib';
import { ConfigurationError, rng } from '@sextant/common';
import { probeLowerings } from '@sextant/engine';
import { allCells, cellHash, type Cell } from '@sextant/search-space';
import { cifar10Cells } from '../src/parzc/cell-statistics/cell-graph';
import { cellRecordLength } from '../src/parzc/cell-statistics/cell-record';
import { openCellStatistics } from '../src/parzc/cell-statistics/open-cell-statistics';

/** What a file's numbers depend on; another version, seed or batch is another file. */
const made = {
  version: 1,
  weightSeed: 1,
  batch: 'cifar10 train, first 16',
  recordLength: cellRecordLength,
};

const [file = '', limit = 'Infinity'] = process.argv.slice(2);
const data = process.env['SEXTANT_DATA'] ?? '../shared/data';

/** Of each class the cell of the smallest official number, in an order drawn once, so that a part of it is a sample. */
function classes(): { readonly index: number; readonly cell: Cell }[] {
  const first = new Map<string, { readonly index: number; readonly cell: Cell }>();
  allCells().forEach((cell, index) => {
    const hash = cellHash(cell);
    if (!first.has(hash)) first.set(hash, { index, cell });
  });
  return rng(1, 'order').shuffle([...first.values()]);
}

function firstImages(count: number) {
  const bytes = gunzipSync(readFileSync(path.join(data, 'cifar10/train_4000.bin.gz')));
  const record = 1 + 3 * 32 * 32;
  const [images, labels] = [new Uint8Array(count * (record - 1)), new Uint8Array(count)];
  for (let at = 0; at < count; at++) {
    labels[at] = bytes[at * record]!;
    images.set(bytes.subarray(at * record + 1, (at + 1) * record), at * (record - 1));
  }
  return { images, labels };
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
  const statistics = await openCellStatistics({
    sizes: cifar10Cells,
    batch: firstImages(cifar10Cells.batch),
    seed: made.weightSeed,
    threads: 1,
    lowerings: await probeLowerings(),
  });
  for (const { index, cell } of missing) {
    const record = await statistics.of(index, cell);
    appendFileSync(file, new Uint8Array(record.buffer));
  }
  await statistics.release();
}
const { user, system } = process.cpuUsage(before);
console.log(
  JSON.stringify({
    cells: known.size + missing.length,
    computed: missing.length,
    cpuSecondsPerCell: missing.length > 0 ? (user + system) / 1e6 / missing.length : null,
  }),
);
