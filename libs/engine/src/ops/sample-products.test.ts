import { describe, it } from 'vitest';
import { describeGradients, expectLiterals } from '../../testing';
import { feature, plain } from '../graph/value';
import { sampleProducts } from './sample-products';

describeGradients({
  'sampleProducts of maps': {
    inputs: { x: feature([3, 2, 2, 1]) },
    build: ({ x }) => sampleProducts(x!),
  },
  'sampleProducts of maps that fill blocks': {
    inputs: { x: feature([2, 16, 1, 2]) },
    build: ({ x }) => sampleProducts(x!),
  },
  'sampleProducts of rows': {
    inputs: { x: plain([2, 3]) },
    build: ({ x }) => sampleProducts(x!),
  },
});

describe('samples', () => {
  it('are multiplied with each other', async () => {
    await expectLiterals(
      { x: { type: feature([2, 2, 1, 1]), data: [1, 2, 3, 4] } },
      ({ x }) => ({ products: sampleProducts(x!) }),
      { products: [5, 11, 11, 25] },
    );
  });
});
