import { describe, it } from 'vitest';
import { describeGradients, expectLiterals, gradientOf, type GradientCase } from '../../testing';
import { elementDim } from '../graph/dims';
import { feature } from '../graph/value';
import { mul } from './mul';
import { resize } from './resize';

const side = elementDim('architecture', 0, [3, 4, 6]);
const target = elementDim('architecture', 1, [2, 4, 5]);

const cases: Record<string, GradientCase> = {};
for (const mode of ['nearest', 'bilinear', 'bicubic'] as const) {
  for (const [height, width] of [
    [7, 5],
    [2, 3],
    [4, 8],
  ] as const) {
    cases[`resize ${mode} to ${height}×${width}`] = {
      inputs: { x: feature([2, 2, 4, 5]) },
      build: ({ x }) => resize(x!, height, width, mode),
    };
  }
  cases[`resize ${mode} of run-time sizes`] = {
    architecture: [3, 5],
    inputs: { x: feature([1, 2, side, side]) },
    build: ({ x }) => resize(x!, target, target, mode),
  };
  cases[`resize ${mode}, second order`] = {
    inputs: { x: feature([1, 1, 3, 3]) },
    build: gradientOf(({ x }) => {
      const y = resize(x!, 5, 4, mode);
      return mul(y, y);
    }),
  };
}
describeGradients(cases);

describe('resize', () => {
  it('computes what PyTorch computes', async () => {
    await expectLiterals(
      { x: { type: feature([1, 1, 1, 2]), data: [0, 4] } },
      ({ x }) => ({
        nearest: resize(x!, 1, 4, 'nearest'),
        bilinear: resize(x!, 1, 4, 'bilinear'),
        bicubic: resize(x!, 1, 4, 'bicubic'),
      }),
      {
        nearest: [0, 0, 4, 4],
        bilinear: [0, 1, 3, 4],
        // torch.nn.functional.interpolate([0, 4], size 4, bicubic, align_corners=False)
        bicubic: [-0.421875, 0.90625, 3.09375, 4.421875],
      },
    );
  });
});
