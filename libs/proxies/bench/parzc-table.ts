/** @file Labels and features of the ParZC benchmark. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DatasetFormatError, rng } from '@sextant/common';
import { numbers, readTable } from '@sextant/common/testing';
import { allCells, cellHash } from '@sextant/search-space';
import { cellFeatures, type ArchitectureFeatures } from '../src';
import { cellRecordLength, recordedCell } from './cell-record';

/** Where the statistics are kept between runs. */
export const statisticsFile = path.resolve(
  process.env['SEXTANT_NODE_STATISTICS'] ?? '.sextant/bench/node-statistics-nb201.f32',
);

/** Labelled sizes: 0.5, 1, 3, 5 and 10 % of the cells. */
export const sizes = [78, 156, 469, 781, 1563] as const;
export type Size = (typeof sizes)[number];

/** Accuracies of all 15,625 cells, by official number, in %. */
export interface Accuracies {
  readonly validation: Float64Array;
  readonly test: Float64Array;
}

export function readAccuracies(dataset: 'c10' | 'c100'): Accuracies {
  const file = 'nasbench201/nb201.csv.gz';
  const rows = readTable(file);
  const index = numbers(rows, 'idx');
  const column = (name: string): Float64Array => {
    const out = new Float64Array(rows.length).fill(Number.NaN);
    numbers(rows, name).forEach((value, at) => (out[index[at]!] = value));
    if (out.some(Number.isNaN)) throw new DatasetFormatError(`${file}: ${name} is not complete`);
    return out;
  };
  return { validation: column(`${dataset}_val_200`), test: column(`${dataset}_test_200`) };
}

export interface CellFeatures {
  readonly index: number;
  readonly features: ArchitectureFeatures;
  /** What the paper reads: node statistics packed, padded at the end by the profile. */
  readonly paper: ArchitectureFeatures;
}

function featuresOf(numbers: Float32Array): CellFeatures {
  const { index, cell, scored } = recordedCell(numbers);
  const features = cellFeatures(cell, scored);
  const { grad_norm, snip, synflow } = scored.nodes;
  const nodes = { grad_norm, snip, synflow } as NonNullable<ArchitectureFeatures['nodes']>;
  return { index, features, paper: { ...features, encoding: [], nodes } };
}

/** Features of every class, and the class of every cell: both counted from 0. */
export interface CellTable {
  readonly classes: readonly CellFeatures[];
  readonly classOf: Int32Array;
}

export function readCells(): CellTable {
  const bytes = readFileSync(statisticsFile);
  const numbers = new Float32Array(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
  );
  const count = Math.floor(numbers.length / cellRecordLength);
  const classes = Array.from({ length: count }, (_, at) =>
    featuresOf(numbers.subarray(at * cellRecordLength, (at + 1) * cellRecordLength)),
  );
  const cells = allCells();
  const byHash = new Map(classes.map(({ index }, at) => [cellHash(cells[index]!), at]));
  const classOf = Int32Array.from(cells, (cell) => byHash.get(cellHash(cell)) ?? -1);
  if (classOf.includes(-1))
    throw new DatasetFormatError(`${statisticsFile} lacks classes of cells`);
  return { classes, classOf };
}

/** Official numbers of the labelled cells of a seed; those of a smaller size are among those of a larger one. */
export const labelledCells = (seed: number, size: number, count: number): number[] =>
  rng(seed, 'labelled cells')
    .shuffle(Array.from({ length: count }, (_, at) => at))
    .slice(0, size);
