import { rng } from '@sextant/common';
import { CholeskyDecomposition } from 'ml-matrix';
import { expect, it } from 'vitest';
import { similarities, symmetricKernel } from './gaussian-process-kernel';

it('keeps the kernel positive definite where rows repeat and the linear part is huge', () => {
  const draw = rng(1);
  const rows = Array.from({ length: 15 }, () => Float64Array.from([draw.normal(), draw.normal()]));
  const kernel = symmetricKernel(similarities([...rows, ...rows], [0, 1]), {
    logLinear: [20, -20],
    logRelevance: [-20, -20],
    logNoise: -100,
  });
  expect(new CholeskyDecomposition(kernel).isPositiveDefinite()).toBe(true);
});
