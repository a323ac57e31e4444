/**
 * @file The numbers by which a search's candidates are ranked and limited, as columns in memory that threads share, with
 * the orders of docs/adr/0005 beside them. Row numbers follow the ids; NaN stands for a number that a candidate lacks.
 */
import type { CostKey } from '@sextant/contracts';
import type { Ranking } from '../query/orderings';

/** Rows of a run of an order that is counted, or left out, as one. */
export const runLength = 128;

/** How a cost may be known to count. */
export type CostEvidence = 'measured' | 'any';

/** One number for each candidate in a ranking, and of which evidence: who counts. */
export type ByPopulation<T> = Readonly<Record<Ranking, Readonly<Record<CostEvidence, T>>>>;

export interface CostColumn {
  readonly cost: CostKey;
  /** [rows] */
  readonly values: Float64Array;
  /** [rows], 1 where the value is a prediction; null where none is. */
  readonly isPredicted: Uint8Array | null;
}

export interface CostIndex extends CostColumn {
  /** Rows that have the cost, the smallest first, ties by id. */
  readonly order: Uint32Array;
  /** How many of a population are before run r of the order; [runs + 1]. */
  readonly before: ByPopulation<Uint32Array>;
  /** Lowest loss of a population in run r of the order; [runs]. */
  readonly lowestLoss: ByPopulation<Float64Array>;
}

export interface RankingIndex {
  /** Negated scores; [rows] */
  readonly loss: Float64Array;
  /** Rows in the ranking, best first; ties by fewer MACs, then id. */
  readonly order: Uint32Array;
  /** Lowest value of each cost in run r of the order, in the order of `costs`; [runs] */
  readonly lowest: readonly Readonly<Record<CostEvidence, Float64Array>>[];
}

export interface ResultsIndex {
  /** The search's results when it was read. */
  readonly version: number;
  /** 16 bytes a row. */
  readonly ids: Uint8Array;
  readonly macs: Float64Array;
  readonly costs: readonly CostIndex[];
  readonly rankings: Readonly<Record<Ranking, RankingIndex>>;
}

export const idOf = ({ ids }: ResultsIndex, row: number): string =>
  Buffer.from(ids.buffer, ids.byteOffset + 16 * row, 16).toString('hex');

/** Bytes that an index of `rows` candidates with `costs` costs takes, orders included. */
export const indexBytes = (rows: number, costs: number): number => rows * (48 + 13 * costs);
