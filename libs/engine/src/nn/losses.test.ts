import { ShapeError, ValidationError } from '@sextant/common';
import { describe, expect, it } from 'vitest';
import { describeGradients, expectLiterals, type GradientCase } from '../../testing';
import { gradient } from '../autodiff/gradient';
import { axisDim, elementDim } from '../graph/dims';
import type { Float64Tensor } from '../graph/float64-tensor';
import { Graph } from '../graph/graph';
import { plain } from '../graph/value';
import { writeModel } from '../onnx/write-model';
import { Session } from '../runtime/session';
import { crossEntropy } from './cross-entropy';
import { klDivergence } from './kl-divergence';

const rows = elementDim('architecture', 0, [2, 3]);
const columns = elementDim('architecture', 1, [4, 5]);

/** Positive targets; their rows need not sum to 1 for the gradient to be exact. */
const prepare = (name: string, x: Float64Tensor): Float64Tensor =>
  name === 't' ? { ...x, data: x.data.map((value) => value * value + 0.05) } : x;

const cases: Record<string, GradientCase> = {};
for (const smoothing of [0, 0.1, 1]) {
  cases[`crossEntropy with smoothing ${smoothing}`] = {
    inputs: { x: plain([3, 4]), t: plain([3, 4]) },
    build: ({ x, t }) => crossEntropy(x!, t!, smoothing),
  };
}
cases['crossEntropy of run-time sizes'] = {
  architecture: [3, 4],
  inputs: { x: plain([rows, columns]), t: plain([rows, columns]) },
  build: ({ x, t }) => crossEntropy(x!, t!, 0.1),
};
cases['klDivergence'] = {
  prepare,
  inputs: { x: plain([3, 4]), t: plain([3, 4]) },
  build: ({ x, t }) => klDivergence(x!, t!),
};
cases['klDivergence of run-time sizes'] = {
  prepare,
  architecture: [3, 4],
  inputs: { x: plain([rows, columns]), t: plain([rows, columns]) },
  build: ({ x, t }) => klDivergence(x!, t!),
};

describeGradients(cases);

describe('losses', () => {
  const logits = [0.5, 0.3, 0.2].map(Math.log);
  const type = plain([1, 3]);

  it('crossEntropy = klDivergence + entropy, with one gradient (q − p)/N', async () => {
    await expectLiterals(
      { x: { type, data: logits }, p: { type, data: [0.7, 0.2, 0.1] } },
      ({ x, p }) => {
        const [loss, divergence] = [crossEntropy(x!, p!), klDivergence(x!, p!)];
        return {
          loss,
          divergence,
          dLoss: gradient(loss, [x!])[0]!,
          dDivergence: gradient(divergence, [x!])[0]!,
        };
      },
      {
        loss: [0.886942],
        divergence: [0.085123],
        dLoss: [-0.2, 0.1, 0.1],
        dDivergence: [-0.2, 0.1, 0.1],
      },
    );
  });

  it('klDivergence counts an impossible class as 0: KL((1,0,0) ‖ q) = −ln ½', async () => {
    await expectLiterals(
      { x: { type, data: logits }, p: { type, data: [1, 0, 0] } },
      ({ x, p }) => ({ divergence: klDivergence(x!, p!) }),
      { divergence: [Math.LN2] },
    );
  });

  it('smoothing by 0.3 makes (1,0,0) into (0.8,0.1,0.1)', async () => {
    await expectLiterals(
      {
        x: { type, data: logits },
        hard: { type, data: [1, 0, 0] },
        soft: { type, data: [0.8, 0.1, 0.1] },
      },
      ({ x, hard, soft }) => ({
        smoothed: crossEntropy(x!, hard!, 0.3),
        written: crossEntropy(x!, soft!),
      }),
      { smoothed: [0.835859], written: [0.835859] },
    );
  });

  it('divides by the batch that is fed, and stays a scalar', async () => {
    const graph = new Graph();
    const n = axisDim('logits', 0);
    const x = graph.input('logits', plain([n, 2]));
    const p = graph.input('targets', plain([n, 2]));
    graph.output('loss', crossEntropy(x, p));
    const session = await Session.create(
      writeModel(graph, { lowering: { featureOrder: 'NCHW', blockChannels: null } }),
      { threads: 1, optimization: 'none' },
    );
    for (const rowCount of [1, 3]) {
      const dims = [rowCount, 2];
      const { loss } = await session.run({
        logits: { dims, data: new Float32Array(2 * rowCount) },
        targets: { dims, data: new Float32Array(2 * rowCount).fill(0.5) },
      });
      expect(loss?.dims).toEqual([]);
      expect(loss?.data[0]).toBeCloseTo(Math.LN2, 6);
    }
    await session.release();
  });

  it('refuses tensors that differ and a smoothing outside [0, 1]', () => {
    const graph = new Graph();
    const x = graph.input('x', plain([2, 3]));
    const p = graph.input('p', plain([2, 4]));
    expect(() => crossEntropy(x, p)).toThrow(ShapeError);
    expect(() => klDivergence(x, p)).toThrow(ShapeError);
    expect(() => crossEntropy(x, x, 1.5)).toThrow(ValidationError);
    expect(() => crossEntropy(x, x, Number.NaN)).toThrow('label smoothing NaN is not in [0, 1]');
  });
});
