/** @file A candidate as the queries give it: `candidate-json.ts` in types. */
import type { Architecture, Evidence, Measurement } from '@sextant/contracts';

export interface StoredCost {
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
  readonly n: number;
  readonly evidence: Evidence;
  readonly conditions: Readonly<Record<string, unknown>>;
}

/** A candidate with all that is known of it. */
export interface StoredCandidate {
  readonly searchId: string;
  readonly id: string;
  readonly encoding: number[];
  readonly architecture: Architecture;
  readonly macs: number;
  readonly paramCount: number;
  /** Validation accuracy, for ranking; the measurement beside it has the interval. */
  readonly accuracy: number | null;
  readonly predictedAccuracy: number | null;
  /** Median latency on the search's own worker. */
  readonly latencyMs: number | null;
  readonly modelSha256: string | null;
  readonly modelBytes: number | null;
  /** 1 = best in the ranking asked for, else by accuracy; ties by fewer MACs, then id. Null: not in it. */
  readonly rank: number | null;
  readonly measurements: readonly Measurement[];
  /** By cost key, and `predictedAccuracy`. */
  readonly costs: Readonly<Record<string, StoredCost>>;
}

/** With its key in the ordering of the list. */
export interface ListedCandidate {
  readonly k1: number;
  readonly k2: number;
  readonly candidate: StoredCandidate;
}

interface Known {
  /** Moves with every candidate or cost that is stored. */
  readonly resultsVersion: number;
  /** Candidates in the ranking. */
  readonly evaluatedCount: number;
}

export type BestAnswer =
  | (Known & {
      readonly feasible: true;
      readonly candidate: StoredCandidate;
      readonly feasibleCount: number;
      /** Else no more than that many fit. */
      readonly isExact: boolean;
      readonly slower: StoredCandidate | null;
      readonly faster: StoredCandidate | null;
    })
  | (Known & {
      readonly feasible: false;
      /** The smallest of each cost asked for; null where no candidate has it. */
      readonly smallest: Readonly<Record<string, number | null>>;
      /** Best score of the ranking. */
      readonly highestAccuracy: number | null;
    });
