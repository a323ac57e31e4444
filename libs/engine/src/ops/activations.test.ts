import { describe, it } from 'vitest';
import { describeGradients, expectLiterals, type GradientCase } from '../../testing';
import { gradient } from '../autodiff/gradient';
import { elementDim } from '../graph/dims';
import { feature, plain, type Value } from '../graph/value';
import { gelu } from './gelu';
import { hardSigmoid } from './hard-sigmoid';
import { hardSwish } from './hard-swish';
import { mul } from './mul';
import { relu } from './relu';
import { scale } from './scale';
import { sumAll } from './sum';
import { swish } from './swish';

const channels = elementDim('architecture', 0, [2, 3]);

interface Activation {
  readonly f: (x: Value) => Value;
  /** Values and derivatives at −4, −3, −1, 0, 1, 3, 4. */
  readonly y: readonly number[];
  readonly slope: readonly number[];
}

const activations: Record<string, Activation> = {
  relu: { f: relu, y: [0, 0, 0, 0, 1, 3, 4], slope: [0, 0, 0, 0, 1, 1, 1] },
  hardSigmoid: {
    f: hardSigmoid,
    y: [0, 0, 1 / 3, 0.5, 2 / 3, 1, 1],
    slope: [0, 1 / 6, 1 / 6, 1 / 6, 1 / 6, 1 / 6, 0],
  },
  hardSwish: {
    f: hardSwish,
    y: [0, 0, -1 / 3, 0, 2 / 3, 3, 4],
    slope: [0, -0.5, 1 / 6, 0.5, 5 / 6, 1.5, 1],
  },
  swish: {
    f: swish,
    y: [-0.071945, -0.142278, -0.268941, 0, 0.731059, 2.857722, 3.928055],
    slope: [-0.052665, -0.088104, 0.072329, 0.5, 0.927671, 1.088104, 1.052665],
  },
  gelu: {
    f: gelu,
    y: [-0.000127, -0.00405, -0.158655, 0, 0.841345, 2.99595, 3.999873],
    slope: [-0.000504, -0.011946, -0.083315, 0.5, 1.083315, 1.011946, 1.000504],
  },
};

const cases: Record<string, GradientCase> = {};
for (const [name, { f }] of Object.entries(activations)) {
  cases[name] = { inputs: { x: feature([2, 3, 4, 3]) }, build: ({ x }) => f(scale(x!, 2)) };
  cases[`${name} differentiated twice`] = {
    inputs: { x: plain([9]) },
    build: ({ x }) => gradient(sumAll(mul(f(scale(x!, 2)), x!)), [x!])[0]!,
  };
  cases[`${name} of run-time channels`] = {
    architecture: [2],
    inputs: { x: feature([2, channels, 2, 2]) },
    build: ({ x }) => f(x!),
  };
}

describeGradients(cases);

describe('activations', () => {
  it.each(Object.entries(activations))(
    '%s takes its literal values and derivatives, kinks included',
    async (_, { f, y, slope }) => {
      await expectLiterals(
        { x: [-4, -3, -1, 0, 1, 3, 4] },
        ({ x }) => ({ y: f(x!), slope: gradient(sumAll(f(x!)), [x!])[0]! }),
        { y, slope },
      );
    },
  );
});
