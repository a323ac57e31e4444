/** @file Scores of a population: ranks of several proxies as one, and majorities of pairs. Re-rank when it grows. */
import { ValidationError } from '@sextant/common';

/** One proxy's scores of a population, higher better; null: it failed for that network. */
export type Column = readonly (number | null)[];

/** 1 for the lowest, m for the highest; ties share their mean rank, and failures are lowest. */
export function ascendingRanks(column: Column): Float64Array {
  const values = column.map((value) => value ?? -Infinity);
  const order = values
    .map((_, at) => at)
    .sort((a, b) => (values[a] as number) - (values[b] as number) || a - b);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length;) {
    const value = values[order[from] as number];
    let to = from + 1;
    while (to < order.length && values[order[to] as number] === value) to++;
    for (let at = from; at < to; at++) ranks[order[at] as number] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}

function requirePopulation(columns: readonly Column[]): number {
  const [first] = columns;
  if (!first || columns.some(({ length }) => length !== first.length)) {
    throw new ValidationError(
      `ranks of a population need scores of the same networks: got columns of ${columns.map(({ length }) => length).join(', ') || 'nothing'}`,
    );
  }
  return first.length;
}

/**
 * Σ over proxies of log(rank/m), ranks ascending in a population of m: 0 for a network that is best by all.
 * @throws {ValidationError} columns differ in length, or there is none
 * @see Lee & Ham 2024, AZ-NAS, arXiv:2403.19232 eq. 9
 */
export function rankFusion(columns: readonly Column[]): Float64Array {
  const m = requirePopulation(columns);
  const fused = new Float64Array(m);
  for (const column of columns) {
    ascendingRanks(column).forEach(
      (rank, at) => (fused[at] = (fused[at] as number) + Math.log(rank / m)),
    );
  }
  return fused;
}

/** The components that AZ-NAS fuses; a transformer has no progressivity. */
export const azNasComponents = [
  'az_expressivity',
  'az_progressivity',
  'az_trainability',
  'macs',
] as const;

/**
 * Copeland count: networks beaten less networks lost to, where a pair goes to whom most proxies prefer. Pairs need not be
 * transitive, so this is no score of a network on its own.
 * @throws {ValidationError} columns differ in length, or there is none
 * @see Abdelfattah et al. 2021, arXiv:2101.08134 §3.4 — vote of synflow, jacob_cov and snip
 */
export function vote(columns: readonly Column[]): Float64Array {
  const counting = countVotes(columns);
  for (;;) {
    const { done, value } = counting.next();
    if (done) return value;
  }
}

/**
 * As `vote`, in steps of some milliseconds for whoever has other things to do in between: pairs are as many as the square of
 * the population.
 */
export function* countVotes(
  columns: readonly Column[],
): Generator<undefined, Float64Array, undefined> {
  const m = requirePopulation(columns);
  const ranks = columns.map(ascendingRanks);
  const counts = new Float64Array(m);
  const balances = new Int32Array(m);
  let pairs = 0;
  for (let a = 0; a < m; a++) {
    balances.fill(0, 0, a);
    for (const of of ranks) prefer(of, a, balances);
    let won = 0;
    for (let b = 0; b < a; b++) {
      const balance = Math.sign(balances[b] as number);
      won += balance;
      counts[b] = (counts[b] as number) - balance;
    }
    counts[a] = (counts[a] as number) + won;
    pairs += a;
    if (pairs < pairsPerStep) continue;
    pairs = 0;
    yield undefined;
  }
  return counts;
}

const pairsPerStep = 1e6;

/** Adds for every b < a whom one proxy prefers: 1 for a, −1 for b. */
function prefer(ranks: Float64Array, a: number, balances: Int32Array): void {
  const own = ranks[a] as number;
  for (let b = 0; b < a; b++) {
    const other = ranks[b] as number;
    balances[b] = (balances[b] as number) + (own > other ? 1 : own < other ? -1 : 0);
  }
}

export const voters = ['synflow', 'jacob_cov', 'snip'] as const;
