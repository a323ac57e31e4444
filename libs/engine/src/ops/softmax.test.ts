import { ShapeError } from '@sextant/common';
import { describe, expect, it } from 'vitest';
import { describeGradients, expectLiterals, type GradientCase } from '../../testing';
import { gradient } from '../autodiff/gradient';
import { elementDim } from '../graph/dims';
import { Graph } from '../graph/graph';
import { feature, plain } from '../graph/value';
import { mul } from './mul';
import { softmax } from './softmax';
import { sumAll } from './sum';

const rows = elementDim('architecture', 0, [2, 3]);
const columns = elementDim('architecture', 1, [4, 5]);

const cases: Record<string, GradientCase> = {};
for (const dims of [[6], [3, 5], [2, 3, 4], [2, 1, 3, 2]]) {
  cases[`softmax of [${dims.join()}]`] = {
    inputs: { x: plain(dims) },
    build: ({ x }) => softmax(x!),
  };
}
cases['softmax of run-time sizes'] = {
  architecture: [3, 4],
  inputs: { x: plain([rows, columns]) },
  build: ({ x }) => softmax(x!),
};
cases['softmax differentiated twice'] = {
  inputs: { x: plain([2, 4]), w: plain([2, 4]) },
  build: ({ x, w }) => gradient(sumAll(mul(softmax(x!), w!)), [x!])[0]!,
};

describeGradients(cases);

describe('softmax', () => {
  it('takes its literal values and is stable for large logits', async () => {
    const data = [0, Math.log(2), Math.log(5), 1000, 1000, -1000];
    await expectLiterals({ x: { type: plain([2, 3]), data } }, ({ x }) => ({ y: softmax(x!) }), {
      y: [0.125, 0.25, 0.625, 0.5, 0.5, 0],
    });
  });

  it.each([plain([]), feature([1, 2, 3, 3])])('refuses %o', (type) => {
    const x = new Graph().input('x', type);
    expect(() => softmax(x)).toThrow(ShapeError);
    expect(() => softmax(x)).toThrow('has no last axis');
  });
});
