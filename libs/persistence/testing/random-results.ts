/** @file Candidates and costs with many ties and many gaps, and what they must answer, found by looking at each. */
import type { Rng } from '@sextant/common';
import type { CandidateCost, EvaluatedCandidate } from '@sextant/contracts';
import type { BestRequest } from '../src/query/best-query';
import { sampleCandidate } from './samples';

export interface RandomResult {
  readonly candidate: EvaluatedCandidate;
  readonly costs: readonly CandidateCost[];
}

const step = (draw: Rng, levels: number): number => Math.ceil(draw.uniform() * levels) / levels;

/** Candidate `n`: coarse values, so that ties are common; some unevaluated, unmeasured, or without a cost. */
export function randomResult(draw: Rng, n: number): RandomResult {
  const size = step(draw, 40);
  const sampled = sampleCandidate(n, {
    accuracy: Math.round(50 * (0.4 + 0.4 * size + 0.2 * draw.uniform())) / 50,
    macs: Math.round(1000 * size + 50 * step(draw, 5)),
    latencyMs: draw.uniform() < 0.2 ? null : size + step(draw, 8),
  });
  const candidate = {
    ...sampled,
    paramCount: Math.round(100 * size + 40 * draw.uniform()),
    measurements: draw.uniform() < 0.1 ? [] : sampled.measurements,
  };
  const costOf = (cost: string, value: number): CandidateCost => ({
    candidateId: candidate.id,
    cost,
    value,
    lower: value,
    upper: value,
    evidence: cost !== 'predictedAccuracy' && draw.uniform() < 0.6 ? 'measured' : 'predicted',
    n: 1,
    conditions: {},
  });
  const costs = [
    costOf('latencyMs@pixel3', size + step(draw, 20)),
    costOf('energyMj@pixel3', size + step(draw, 3)),
    costOf('predictedAccuracy', step(draw, 30)),
  ].filter(() => draw.uniform() < 0.8);
  return { candidate, costs };
}

interface Flat {
  readonly id: string;
  readonly score: number | null;
  readonly macs: number;
  /** By cost key, null where there is none by the evidence asked for. */
  readonly costs: Readonly<Record<string, number | null>>;
}

const valueOf = ({ candidate }: RandomResult, metric: string): number | null =>
  candidate.measurements.find((it) => it.metric === metric && it.split !== 'test')?.value ?? null;

function flat(result: RandomResult, { ranking, evidence }: BestRequest): Flat {
  const { candidate, costs } = result;
  const usable = costs.filter(
    ({ cost, evidence: of }) =>
      cost === 'predictedAccuracy' || evidence === 'any' || of !== 'predicted',
  );
  const known = Object.fromEntries(usable.map(({ cost, value }) => [cost, value]));
  const { predictedAccuracy = null, ...onProfiles } = known;
  return {
    id: candidate.id,
    score: ranking === 'accuracy' ? valueOf(result, 'accuracy') : predictedAccuracy,
    macs: candidate.macs,
    costs: {
      ...onProfiles,
      macs: candidate.macs,
      paramCount: candidate.paramCount,
      latencyMs: valueOf(result, 'latencyMs'),
    },
  };
}

/** The candidates of the ranking, best first. */
export function rankedOf(results: readonly RandomResult[], request: BestRequest): Flat[] {
  return results
    .map((result) => flat(result, request))
    .filter(({ score }) => score !== null)
    .sort((a, b) => b.score! - a.score! || a.macs - b.macs || (a.id < b.id ? -1 : 1));
}

const isWithin = ({ costs }: Flat, { limits }: BestRequest): boolean =>
  limits.every(({ cost, max }) => (costs[cost] ?? Infinity) <= max);

/** The mission query by looking at every candidate. */
export function bruteForceBest(results: readonly RandomResult[], request: BestRequest) {
  const ranked = rankedOf(results, request);
  const { limits, minAccuracy, latency } = request;
  const fitting = ranked.filter((it) => isWithin(it, request) && it.score! >= (minAccuracy ?? 0));
  const answer = fitting[0];
  const others = limits.filter(({ cost }) => cost !== latency);
  const isBeside = (it: Flat) =>
    isWithin(it, { ...request, limits: others }) && it.score! >= (minAccuracy ?? 0);
  const limit = limits.find(({ cost }) => cost === latency)?.max;
  const latencyOf = (it: Flat): number | null => it.costs[latency] ?? null;
  const slower =
    answer && limit !== undefined
      ? ranked
          .filter((it) => isBeside(it) && (latencyOf(it) ?? 0) > limit && it.score! > answer.score!)
          .sort((a, b) => latencyOf(a)! - latencyOf(b)! || (a.id < b.id ? -1 : 1))[0]
      : undefined;
  const faster = answer
    ? ranked.find(
        (it) => isBeside(it) && (latencyOf(it) ?? Infinity) < (latencyOf(answer) ?? -Infinity),
      )
    : undefined;
  const smallest = request.smallestOf.map((cost) => {
    const values = ranked.flatMap((it) => it.costs[cost] ?? []);
    return [cost, values.length > 0 ? Math.min(...values) : null];
  });
  return {
    id: answer?.id ?? null,
    rank: answer ? ranked.indexOf(answer) + 1 : null,
    feasibleCount: fitting.length,
    evaluatedCount: ranked.length,
    slower: slower?.id ?? null,
    faster: faster?.id ?? null,
    smallest: answer ? null : Object.fromEntries(smallest),
  };
}
