/** @file Rows for tests. */
import { CreateSearch, type EvaluatedCandidate, type Measurement } from '@sextant/contracts';

export const sampleSpec = (overrides: Record<string, unknown> = {}): CreateSearch =>
  CreateSearch.parse({
    dataset: 'fashion-mnist-subset',
    space: 'mbconv-fashion-mnist-v1',
    ...overrides,
  });

const measurement = (fields: Pick<Measurement, 'metric' | 'split' | 'value'>): Measurement => ({
  fidelity: fields.metric === 'accuracy' ? 'supernet-inherited' : 'measured',
  seed: 0,
  lower: fields.value * 0.98,
  upper: fields.value * 1.02,
  n: 1500,
  unit: fields.metric === 'accuracy' ? 'fraction' : 'ms',
  details:
    fields.metric === 'accuracy'
      ? {}
      : {
          runs: 50,
          batch: 1,
          threads: 1,
          precision: 'float32',
          runtime: 'onnxruntime-node 1.30.0',
          device: 'test',
          measuredAt: '2026-01-01T00:00:00.000Z',
        },
  ...fields,
});

/** A candidate whose id is `n` in hexadecimal. */
export function sampleCandidate(
  n: number,
  {
    accuracy = 0.8,
    latencyMs = 1,
    macs = 1000,
  }: { accuracy?: number; latencyMs?: number | null; macs?: number } = {},
): EvaluatedCandidate {
  return {
    id: n.toString(16).padStart(32, '0'),
    encoding: [n],
    architecture: { resolution: 28, stemWidth: 8, stages: [], headWidth: null },
    macs,
    paramCount: 100 + n,
    measurements: [
      measurement({ metric: 'accuracy', split: 'validation', value: accuracy }),
      ...(latencyMs === null
        ? []
        : [measurement({ metric: 'latencyMs', split: 'none', value: latencyMs })]),
    ],
    model: null,
  };
}
