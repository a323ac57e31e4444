import { describe, expect, it } from 'vitest';
import { describeGradients, evaluateLiterals, expectLiterals } from '../../testing';
import { elementDim } from '../graph/dims';
import { feature, plain, type Value } from '../graph/value';
import { relu } from '../ops/relu';
import { tensorStatistics, type TensorStatistics } from './statistics';

const channels = elementDim('architecture', 0, [2, 3]);
const names: readonly (keyof TensorStatistics)[] = [
  'mean',
  'standardDeviation',
  'norm',
  'largestMagnitude',
];

describeGradients(
  Object.fromEntries(
    names.map((name) => [
      `${name} of a run-time size`,
      {
        architecture: [2],
        inputs: { x: feature([2, channels, 2, 2]) },
        build: ({ x }: Readonly<Record<string, Value>>) => tensorStatistics(x!)[name],
      },
    ]),
  ),
);

describe('tensorStatistics', () => {
  const expected = {
    mean: [0],
    standardDeviation: [Math.sqrt(4.5)],
    norm: [Math.sqrt(18)],
    largestMagnitude: [3],
    zeroFraction: [0.5],
  };

  it.each([plain([4]), plain([2, 2]), feature([2, 2, 1, 1])])(
    'of 3, 0, −3, 0 as %o',
    async (type) => {
      await expectLiterals(
        { x: { type, data: [3, 0, -3, 0] } },
        ({ x }) => ({ ...tensorStatistics(x!) }),
        expected,
      );
    },
  );

  it('counts the units that a ReLU silences', async () => {
    await expectLiterals(
      { x: [-1, -2, 3, -0.5, 0] },
      ({ x }) => ({ zeroFraction: tensorStatistics(relu(x!)).zeroFraction }),
      { zeroFraction: [0.8] },
    );
  });

  it('keeps the deviation of values far from 0', async () => {
    const all = await evaluateLiterals({ x: [10_000, 10_002] }, ({ x }) => ({
      ...tensorStatistics(x!),
    }));
    for (const { standardDeviation } of all) expect(standardDeviation).toEqual([1]);
  });
});
