/** @file Which latency limits are worth asking about, chosen from what was measured. */
import type { CandidateView } from '@sextant/contracts';
import { quantile, roundedUp } from './output/numbers';

const tight = 0.2;
const loose = 0.6;

type Ranked = Pick<CandidateView, 'rank' | 'latencyMs'>;

/**
 * Two limits, ms: one that a fifth of the candidates meets, and one that three fifths meet, or the first beyond it with
 * another answer. Where the best of all is within the first, there is only that one answer.
 * Empty where nothing was measured.
 */
export function latencyLimits(candidates: readonly Ranked[]): number[] {
  const measured = candidates
    .flatMap(({ rank, latencyMs }) => (latencyMs ? [{ rank, latencyMs: latencyMs.value }] : []))
    .sort((a, b) => (a.rank ?? Infinity) - (b.rank ?? Infinity));
  if (measured.length === 0) return [];
  const latencies = measured.map(({ latencyMs }) => latencyMs);
  const low = roundedUp(quantile(latencies, tight));
  const high = roundedUp(quantile(latencies, loose));
  const answer = measured.findIndex(({ latencyMs }) => latencyMs <= low);
  const better = latencies.slice(0, answer);
  return [low, better.length === 0 ? high : Math.max(high, roundedUp(Math.min(...better)))];
}
