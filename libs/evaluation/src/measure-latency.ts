/** @file Latency of one model on this machine. */
import { Session, type Feed } from '@sextant/engine';

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

export interface LatencyOptions {
  readonly threads?: number;
  /** Called before each run. */
  readonly beforeRun?: () => Promise<void>;
}

/**
 * Wall time of one run on `threads` threads, in ms: median and 10th and 90th percentile of `runs` after 10 warm-up
 * runs. Includes handing the feeds over and taking all outputs back, but not `beforeRun`; what
 * that throws ends the measurement.
 */
export async function measureLatency(
  model: Uint8Array,
  feeds: Readonly<Record<string, Feed>>,
  runs: number,
  nowMs: () => number,
  { threads = 1, beforeRun }: LatencyOptions = {},
): Promise<LatencySample> {
  const session = await Session.create(model, { threads, optimization: 'all' });
  try {
    for (let run = 0; run < warmUpRuns; run++) {
      await beforeRun?.();
      await session.run(feeds);
    }
    const times: number[] = [];
    for (let run = 0; run < runs; run++) {
      await beforeRun?.();
      const start = nowMs();
      await session.run(feeds);
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
