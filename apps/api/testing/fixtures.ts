/** @file What tests of the API submit, and what a worker would have written. */
import type { EvaluatedCandidate, Measurement, Progress } from '@sextant/contracts';
import {
  canonicalHash,
  encode,
  macs,
  paramCount,
  sample,
  searchSpaces,
} from '@sextant/search-space';
import { rng } from '@sextant/common';

export const request = {
  dataset: 'fashion-mnist-subset',
  space: 'mbconv-fashion-mnist-v1',
  name: 'a test',
};

const accuracyOf = (split: 'validation' | 'test', value: number): Measurement => ({
  metric: 'accuracy',
  split,
  fidelity: 'supernet-inherited',
  seed: 0,
  value,
  lower: value - 0.01,
  upper: value + 0.01,
  n: 2000,
  unit: 'fraction',
  details: split === 'test' ? { predictions: Buffer.from([1, 2, 3]).toString('base64') } : {},
});

const latencyOf = (value: number): Measurement => ({
  metric: 'latencyMs',
  split: 'none',
  fidelity: 'measured',
  seed: 0,
  value,
  lower: value * 0.9,
  upper: value * 1.1,
  n: 50,
  unit: 'ms',
  details: {
    runs: 50,
    batch: 1,
    threads: 1,
    precision: 'float32',
    runtime: 'a runtime',
    device: 'a processor',
    measuredAt: '2026-01-02T03:04:05.000Z',
  },
});

/** Architecture number `index`, with the numbers given; no latency: not measured yet. */
export function evaluated(
  index: number,
  accuracy: number,
  latencyMs?: number,
  model: EvaluatedCandidate['model'] = null,
): EvaluatedCandidate {
  const space = searchSpaces['mbconv-fashion-mnist-v1'];
  const architecture = sample(space, rng(7, index));
  return {
    id: canonicalHash(space, architecture),
    encoding: [...encode(space, architecture)],
    architecture: JSON.parse(JSON.stringify(architecture)) as EvaluatedCandidate['architecture'],
    macs: macs(space, architecture),
    paramCount: paramCount(space, architecture),
    measurements: [
      accuracyOf('validation', accuracy),
      ...(latencyMs === undefined ? [] : [accuracyOf('test', accuracy), latencyOf(latencyMs)]),
    ],
    model,
  };
}

export const halfWay: Progress = {
  phase: 'training',
  step: 5,
  totalSteps: 10,
  ratePerSecond: 2,
  etaSeconds: 2.5,
  loss: 1.5,
  candidates: 0,
  bestSoFar: null,
};
