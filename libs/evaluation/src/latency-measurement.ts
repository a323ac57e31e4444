/** @file A timing of a candidate's model on the search's own worker, with its conditions. */
import type { Measurement } from '@sextant/contracts';
import type { LatencySample } from './measure-latency';
import type { Machine } from './ports';

export const latencyMeasurement = (
  sample: LatencySample,
  seed: number,
  { runtime, device }: Machine,
  measuredAt: string,
): Measurement => ({
  metric: 'latencyMs',
  split: 'none',
  fidelity: 'measured',
  seed,
  value: sample.medianMs,
  lower: sample.p10Ms,
  upper: sample.p90Ms,
  n: sample.runs,
  unit: 'ms',
  details: {
    ...{ runs: sample.runs, batch: 1, threads: 1, precision: 'float32' },
    ...{ runtime, device, measuredAt },
  },
});
