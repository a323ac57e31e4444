import { describe, it } from 'vitest';
import { describeGradients, expectLiterals } from '../../testing';
import { gradient } from '../autodiff/gradient';
import { elementDim } from '../graph/dims';
import { feature, plain } from '../graph/value';
import { maxAll } from './max-all';
import { mul } from './mul';

const channels = elementDim('architecture', 0, [2, 3]);

describeGradients({
  maxAll: { inputs: { x: feature([2, 3, 2, 2]) }, build: ({ x }) => maxAll(x!) },
  'maxAll of a run-time size': {
    architecture: [2],
    inputs: { x: feature([2, channels, 2, 2]) },
    build: ({ x }) => maxAll(x!),
  },
  'maxAll differentiated twice': {
    inputs: { x: plain([5]) },
    build: ({ x }) => gradient(mul(maxAll(x!), maxAll(x!)), [x!])[0]!,
  },
});

describe('maxAll', () => {
  it('is the largest element, and ties share the gradient', async () => {
    await expectLiterals(
      { x: [-3, 2, 2, -5], negative: [-3, -2] },
      ({ x, negative }) => ({
        y: maxAll(x!),
        negative: maxAll(negative!),
        dX: gradient(maxAll(x!), [x!])[0]!,
      }),
      { y: [2], negative: [-2], dX: [0, 0.5, 0.5, 0] },
    );
  });
});
