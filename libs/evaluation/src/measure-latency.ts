/** @file Latency of one exported model on this machine. */
import { Session } from '@sextant/engine';

const warmUpRuns = 10;

export interface LatencySample {
  readonly medianMs: number;
  readonly p10Ms: number;
  readonly p90Ms: number;
  readonly runs: number;
}

/** Element at fraction q of a sorted list, by the nearest rank. */
const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] as number;

/**
 * Wall time of one run of batch 1 on one thread, in ms: median and 10th and 90th percentile of `runs` after 10 warm-up
 * runs. Includes handing the image over and taking the logits back.
 */
export async function measureLatency(
  model: Uint8Array,
  image: { readonly data: Uint8Array; readonly dims: readonly number[] },
  runs: number,
  nowMs: () => number,
): Promise<LatencySample> {
  const session = await Session.create(model, { threads: 1, optimization: 'all' });
  try {
    for (let run = 0; run < warmUpRuns; run++) await session.run({ image });
    const times: number[] = [];
    for (let run = 0; run < runs; run++) {
      const start = nowMs();
      await session.run({ image });
      times.push(nowMs() - start);
    }
    times.sort((a, b) => a - b);
    return {
      medianMs: quantile(times, 0.5),
      p10Ms: quantile(times, 0.1),
      p90Ms: quantile(times, 0.9),
      runs,
    };
  } finally {
    await session.release();
  }
}
