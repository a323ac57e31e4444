import { ShapeError, ValidationError, rng } from '@sextant/common';
import { describe, expect, it } from 'vitest';
import {
  describeGradients,
  evaluate,
  expectLiterals,
  gradientOf,
  type GradientCase,
} from '../../testing';
import { stopGradient } from '../autodiff/stop-gradient';
import { elementDim, mulDims } from '../graph/dims';
import type { Float64Tensor } from '../graph/float64-tensor';
import { Graph } from '../graph/graph';
import { feature, plain, type TensorType, type Value } from '../graph/value';
import { concat } from '../ops/concat';
import { multiHeadAttention, type AttentionWeights } from './attention';
import { batchNormInference } from './batch-norm-inference';
import { fillUniform } from './chance';
import { gumbelSoftmax } from './gumbel-softmax';
import { layerNorm } from './layer-norm';
import { linear } from './linear';
import { lstmCell } from './lstm-cell';
import { squeezeExcite } from './squeeze-excite';

const architecture = [3, 4, 2];
const width = elementDim('architecture', 0, [2, 3]);
const inner = elementDim('architecture', 1, [3, 4]);
const heads = elementDim('architecture', 2, [1, 2]);

const attentionTypes = (d: number | typeof width, a: ReturnType<typeof mulDims>) => ({
  query: plain([a, d]),
  queryBias: plain([a]),
  key: plain([a, d]),
  value: plain([a, d]),
  valueBias: plain([a]),
  output: plain([d, a]),
  outputBias: plain([d]),
});
/** A bias of the keys shifts all scores of a query alike: softmax does not see it, and its gradient is exactly 0. */
const attend = ({ x, ...weights }: Record<string, Value>): Value => {
  const keyBias = stopGradient(weights['queryBias']!);
  return multiHeadAttention(x!, { ...weights, keyBias } as unknown as AttentionWeights, 2);
};

const squeezeTypes = {
  reduce: plain([2, 3]),
  reduceBias: plain([2]),
  expand: plain([3, 2]),
  expandBias: plain([3]),
};
const squeeze = ({ x, reduce, reduceBias, expand, expandBias }: Record<string, Value>): Value =>
  squeezeExcite(x!, {
    reduce: reduce!,
    reduceBias: reduceBias!,
    expand: expand!,
    expandBias: expandBias!,
  });

const lstmTypes: Record<string, TensorType> = {
  x: plain([2, 3]),
  hidden: plain([2, 2]),
  cell: plain([2, 2]),
  wx: plain([8, 3]),
  wh: plain([8, 2]),
  b: plain([8]),
};
const step = ({ x, hidden, cell, wx, wh, b }: Record<string, Value>): Value => {
  const next = lstmCell(
    x!,
    { hidden: hidden!, cell: cell! },
    { input: wx!, hidden: wh!, bias: b! },
  );
  return concat([next.hidden, next.cell], 1);
};

/** Uniforms for `u`, something positive for a variance, and the normal draw for the rest. */
const prepare = (name: string, x: Float64Tensor): Float64Tensor => {
  if (name === 'variance') return { ...x, data: x.data.map((value) => value * value + 0.1) };
  if (name !== 'u') return x;
  return {
    ...x,
    data: Float64Array.from(fillUniform(new Float32Array(x.data.length), rng(4, 'u'))),
  };
};

const normTypes = { gamma: plain([3]), beta: plain([3]), mean: plain([3]), variance: plain([3]) };

const cases: Record<string, GradientCase> = {
  linear: {
    inputs: { x: plain([2, 3, 4]), w: plain([5, 4]), b: plain([5]) },
    build: ({ x, w, b }) => linear(x!, w!, b),
  },
  'linear of run-time sizes': {
    architecture,
    inputs: { x: plain([2, width]), w: plain([inner, width]) },
    build: ({ x, w }) => linear(x!, w!),
  },
  layerNorm: {
    inputs: { x: plain([2, 2, 4]), gamma: plain([4]), beta: plain([4]) },
    build: ({ x, gamma, beta }) => layerNorm(x!, gamma!, beta!, 1e-3),
  },
  'layerNorm of a run-time width': {
    architecture,
    inputs: { x: plain([2, inner]), gamma: plain([inner]), beta: plain([inner]) },
    build: ({ x, gamma, beta }) => layerNorm(x!, gamma!, beta!, 1e-2),
  },
  'layerNorm, second order': {
    inputs: { x: plain([2, 4]), gamma: plain([4]), beta: plain([4]) },
    build: gradientOf(({ x, gamma, beta }) => layerNorm(x!, gamma!, beta!, 1e-2)),
  },
  squeezeExcite: { inputs: { x: feature([2, 3, 2, 2]), ...squeezeTypes }, build: squeeze },
  'squeezeExcite of run-time channels': {
    architecture,
    inputs: {
      x: feature([2, width, 3, 2]),
      reduce: plain([inner, width]),
      reduceBias: plain([inner]),
      expand: plain([width, inner]),
      expandBias: plain([width]),
    },
    build: squeeze,
  },
  multiHeadAttention: {
    inputs: { x: plain([2, 3, 3]), ...attentionTypes(3, 4) },
    build: attend,
  },
  'multiHeadAttention of run-time width and heads': {
    architecture,
    inputs: { x: plain([2, 3, width]), ...attentionTypes(width, mulDims(heads, 2)) },
    build: attend,
  },
  'multiHeadAttention, second order': {
    inputs: { x: plain([1, 2, 2]), ...attentionTypes(2, 2) },
    build: gradientOf(attend),
  },
  lstmCell: { inputs: lstmTypes, build: step },
  'lstmCell, second order': { inputs: lstmTypes, build: gradientOf(step) },
  gumbelSoftmax: {
    prepare,
    inputs: { x: plain([3, 4]) },
    build: ({ x }) => {
      const u = x!.graph.constant(fillUniform(new Float32Array(12), rng(4, 'u')), [3, 4]);
      return gumbelSoftmax(x!, u, 0.7, false);
    },
  },
  batchNormInference: {
    prepare,
    inputs: { x: feature([2, 3, 2, 2]), ...normTypes },
    build: ({ x, gamma, beta, mean, variance }) =>
      batchNormInference(x!, {
        gamma: gamma!,
        beta: beta!,
        mean: mean!,
        variance: variance!,
      }),
  },
};
describeGradients(cases);

describe('layers', () => {
  it('normalise, attend and remember as worked by hand', async () => {
    const one = [1];
    await expectLiterals(
      {
        row: { type: plain([1, 2]), data: [1, 3] },
        gamma: [2, 2],
        beta: [1, 1],
        map: { type: feature([1, 1, 1, 2]), data: [2, 4] },
        w: { type: plain([1, 1]), data: one },
        zero: [0],
        variance: [3],
        gates: { type: plain([4, 1]), data: [0, 0, 1, 0] },
        still: { type: plain([4, 1]), data: [0, 0, 0, 0] },
        bias: [0, 0, 0, 0],
        state: { type: plain([1, 1]), data: [2] },
      },
      ({ row, gamma, beta, map, w, zero, variance, gates, still, bias, state }) => {
        const next = lstmCell(
          w!,
          { hidden: state!, cell: state! },
          { input: gates!, hidden: still!, bias: bias! },
        );
        return {
          normalised: layerNorm(row!, gamma!, beta!, 0),
          // mean 3 → relu 3 → hard sigmoid(3) = 1
          excited: squeezeExcite(map!, {
            reduce: w!,
            reduceBias: zero!,
            expand: w!,
            expandBias: zero!,
          }),
          inference: batchNormInference(
            map!,
            { gamma: zero!, beta: variance!, mean: zero!, variance: variance! },
            1,
          ),
          // gates σ(0) = ½ but the candidate tanh(1): c' = ½·2 + ½·tanh 1
          cell: next.cell,
          hidden: next.hidden,
        };
      },
      {
        normalised: [-1, 3],
        excited: [2, 4],
        inference: [3, 3],
        cell: [1 + Math.tanh(1) / 2],
        hidden: [Math.tanh(1 + Math.tanh(1) / 2) / 2],
      },
    );
  });

  it('attention with equal scores is the mean of the values', async () => {
    const eye = { type: plain([2, 2]), data: [1, 0, 0, 1] };
    const none = { type: plain([2, 2]), data: [0, 0, 0, 0] };
    await expectLiterals(
      { x: { type: plain([1, 2, 2]), data: [1, 2, 5, 8] }, eye, none, zero: [0, 0] },
      ({ x, eye, none, zero }) => ({
        out: multiHeadAttention(
          x!,
          {
            query: none!,
            queryBias: zero!,
            key: eye!,
            keyBias: zero!,
            value: eye!,
            valueBias: zero!,
            output: eye!,
            outputBias: zero!,
          },
          1,
        ),
      }),
      { out: [3, 5, 3, 5] },
    );
  });

  it('hard Gumbel samples are one-hot and follow the softmax', () => {
    const graph = new Graph();
    const [rows, logits] = [4000, [Math.log(0.6), Math.log(0.3), Math.log(0.1)]];
    const x = graph.input('x', plain([rows, 3]));
    const u = graph.input('u', plain([rows, 3]));
    graph.output('y', gumbelSoftmax(x, u, 1, true));
    const uniforms = fillUniform(new Float32Array(rows * 3), rng(11, 'gumbel'));
    const { y } = evaluate(graph, {
      x: {
        dims: [rows, 3],
        data: Float64Array.from({ length: rows * 3 }, (_, i) => logits[i % 3]!),
      },
      u: { dims: [rows, 3], data: Float64Array.from(uniforms) },
    });
    const counts = [0, 0, 0];
    y!.data.forEach((value, at) => (counts[at % 3]! += value));
    expect(counts.reduce((a, b) => a + b)).toBe(rows);
    // 4 standard deviations of a share of 4,000 draws: 3.1 points.
    [0.6, 0.3, 0.1].forEach((share, at) =>
      expect(Math.abs(counts[at]! / rows - share)).toBeLessThan(0.031),
    );
  });

  it('hard Gumbel samples hand the soft gradient on, and bear a uniform of exactly 0', async () => {
    const build =
      (hard: boolean) =>
      ({ x, u }: Record<string, Value>): Value =>
        gumbelSoftmax(x!, u!, 0.5, hard);
    const inputs = {
      x: { type: plain([1, 2]), data: [0.3, -0.2] },
      u: { type: plain([1, 2]), data: [0, 0.5] },
    };
    await expectLiterals(inputs, (given) => ({ y: build(true)(given) }), { y: [0, 1] });
  });

  it('refuse what does not fit', () => {
    const graph = new Graph();
    const [x, u] = [graph.input('x', plain([2, 3])), graph.input('u', plain([2, 4]))];
    expect(() => gumbelSoftmax(x, u, 1, true)).toThrow(ShapeError);
    expect(() => gumbelSoftmax(x, x, 0, true)).toThrow(ValidationError);
    expect(() => linear(x, graph.input('w', plain([5, 4])))).toThrow('inner size is 4, expected 3');
    expect(() => layerNorm(x, graph.input('g', plain([4])), x)).toThrow(ShapeError);
  });
});
