/** @file A latency that two measurements in a row agree on, or the admission that this machine is too noisy. */
import type { LatencySample } from './measure-latency';

export interface SteadyLatency {
  /** Mean of the two medians that agree, ms; of the last two where none do. */
  readonly value: number;
  /** The smaller 10th and the larger 90th percentile of the two, ms. */
  readonly p10: number;
  readonly p90: number;
  /** Runs of the two. */
  readonly n: number;
  /** Of every measurement made, in order, ms. */
  readonly medians: readonly number[];
  readonly isSteady: boolean;
}

export interface SteadyOptions {
  /** Two medians agree where they differ by no more than this fraction of the smaller. */
  readonly tolerance: number;
  /** At least 2. */
  readonly mostRounds: number;
}

const difference = (a: number, b: number): number => Math.abs(a - b) / Math.min(a, b);

/**
 * Measures until two medians in a row agree, at most `mostRounds` times. Only neighbours are compared: among many
 * rounds of a noisy machine some pair would agree by chance.
 */
export async function measureSteadily(
  measure: () => Promise<LatencySample>,
  { tolerance, mostRounds }: SteadyOptions,
): Promise<SteadyLatency> {
  let earlier = await measure();
  const medians = [earlier.medianMs];
  for (;;) {
    const later = await measure();
    medians.push(later.medianMs);
    const isSteady = difference(earlier.medianMs, later.medianMs) <= tolerance;
    if (isSteady || medians.length >= mostRounds) {
      return {
        value: (earlier.medianMs + later.medianMs) / 2,
        p10: Math.min(earlier.p10Ms, later.p10Ms),
        p90: Math.max(earlier.p90Ms, later.p90Ms),
        n: earlier.runs + later.runs,
        medians,
        isSteady,
      };
    }
    earlier = later;
  }
}
