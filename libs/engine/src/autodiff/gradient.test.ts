import { rng, ShapeError } from '@sextant/common';
import { describe, expect, it } from 'vitest';
import { evaluate, gradcheck, normalTensor, relativeError, toFeed } from '../../testing';
import { elementDim } from '../graph/dims';
import { Graph } from '../graph/graph';
import { feature, plain, type Value } from '../graph/value';
import { writeModel } from '../onnx/write-model';
import { add } from '../ops/add';
import { batchNorm } from '../ops/batch-norm';
import { relu6 } from '../ops/clip';
import { conv2d } from '../ops/conv2d';
import { depthwiseConv2d } from '../ops/depthwise-conv2d';
import { exp } from '../ops/exp';
import { image } from '../ops/image';
import { matmul } from '../ops/matmul';
import { mul } from '../ops/mul';
import { scale } from '../ops/scale';
import { leading } from '../ops/slice';
import { sumAll } from '../ops/sum';
import { Session } from '../runtime/session';
import { gradient } from './gradient';

const on = elementDim('architecture', 0, [0, 1]);
const width = elementDim('architecture', 1, [2, 4]);

/** A residual block whose body runs only when `on` is set, with a nested condition inside. */
function skippableBlock(inputs: Readonly<Record<string, Value>>): Value {
  const { x, w1, w2, dw, gamma, beta } = inputs as Record<string, Value>;
  const { graph } = x!;
  const body = (): Value[] => {
    const inner = conv2d(x!, leading(w1!, [width, 3, 1, 1]));
    const normal = batchNorm(inner, leading(gamma!, [width]), leading(beta!, [width])).y;
    const deep = graph.condition(
      width,
      () => [relu6(depthwiseConv2d(normal, leading(dw!, [width, 1, 3, 3])))],
      () => [normal],
    ).outputs[0] as Value;
    return [add(x!, conv2d(mul(deep, deep), leading(w2!, [3, width, 1, 1])))];
  };
  return graph.condition(on, body, () => [x!]).outputs[0] as Value;
}

const blockInputs = {
  x: feature([2, 3, 4, 5]),
  w1: plain([4, 3, 1, 1]),
  w2: plain([3, 4, 1, 1]),
  dw: plain([4, 1, 3, 3]),
  gamma: plain([4]),
  beta: plain([4]),
};

describe('gradient of a condition', () => {
  it.each([[[1, 4]], [[1, 2]], [[0, 4]]])(
    'is exact and agrees with ONNX Runtime for [on,width] = %s',
    async (architecture) => {
      const report = await gradcheck(
        { architecture, inputs: blockInputs, build: skippableBlock },
        { cnhw: { featureOrder: 'CNHW', blockChannels: null } },
      );
      expect(report.analyticVsNumeric).toBeLessThan(1e-6);
      expect(report.runtimeVsReference['cnhw']).toBeLessThan(2e-5);
    },
  );

  it('is exactly 0 for weights outside the active slice, and for all of them when skipped', () => {
    const graph = new Graph();
    graph.input('architecture', plain([2], 'int64'));
    const inputs = Object.fromEntries(
      Object.entries(blockInputs).map(([name, type]) => [name, graph.input(name, type)]),
    );
    const loss = sumAll(skippableBlock(inputs));
    graph.output('d w1', gradient(loss, [inputs['w1']!])[0]!);
    const draw = rng(4);
    const feeds = Object.fromEntries(
      Object.entries(blockInputs).map(([name, type]) => [
        name,
        normalTensor(type.dims as number[], draw),
      ]),
    );
    const dW1 = (architecture: number[]) =>
      evaluate(graph, {
        ...feeds,
        architecture: { dims: [2], data: Float64Array.from(architecture) },
      })['d w1']!.data;
    expect([...dW1([1, 2])].slice(6).every((value) => value === 0)).toBe(true);
    expect([...dW1([1, 2])].slice(0, 6).every((value) => value !== 0)).toBe(true);
    expect([...dW1([0, 4])].every((value) => value === 0)).toBe(true);
  });
});

describe('gradient', () => {
  it('can be differentiated again: a Hessian-vector product is exact', async () => {
    const report = await gradcheck({
      inputs: {
        x: feature([2, 3, 4, 4]),
        w: plain([4, 3, 3, 3]),
        gamma: plain([4]),
        beta: plain([4]),
      },
      build({ x, w, gamma, beta }) {
        const { y } = batchNorm(conv2d(x!, w!), gamma!, beta!);
        return gradient(sumAll(exp(scale(y, 0.5))), [w!])[0]!;
      },
    });
    expect(report.analyticVsNumeric).toBeLessThan(1e-5);
    for (const error of Object.values(report.runtimeVsReference)) expect(error).toBeLessThan(1e-4);
  });

  it('is zero where the loss does not depend on the value', () => {
    const graph = new Graph();
    const a = graph.input('a', plain([2, 2]));
    const b = graph.input('b', plain([3]));
    graph.output('d b', gradient(sumAll(matmul(a, a)), [b])[0]!);
    const feeds = { a: normalTensor([2, 2], rng(1)), b: normalTensor([3], rng(2)) };
    expect([...evaluate(graph, feeds)['d b']!.data]).toEqual([0, 0, 0]);
  });

  it('refuses a loss that is not a scalar', () => {
    const a = new Graph().input('a', plain([2]));
    expect(() => gradient(a, [a])).toThrow(ShapeError);
  });
});

describe('image', () => {
  it.each([12, 9, 7])(
    'normalises and resizes 12 pixels to %i as the reference does',
    async (side) => {
      const graph = new Graph();
      graph.input('architecture', plain([1], 'int64'));
      const size = elementDim('architecture', 0, [7, 9, 12]);
      const type = plain([2, 3, 12, 12], 'uint8');
      const pixels = graph.input('pixels', type);
      graph.output(
        'x',
        image(pixels, {
          mean: [0.1, 0.2, 0.3],
          standardDeviation: [0.5, 0.6, 0.7],
          height: size,
          width: size,
        }),
      );
      const draw = rng(8);
      const data = Float64Array.from({ length: 2 * 3 * 144 }, () => draw.int(256));
      const feeds = {
        architecture: { dims: [1], data: Float64Array.of(side) },
        pixels: { dims: [2, 3, 12, 12], data },
      };
      const truth = evaluate(graph, feeds)['x']!;
      const session = await Session.create(
        writeModel(graph, { lowering: { featureOrder: 'NCHW', blockChannels: null } }),
        { threads: 1, optimization: 'none' },
      );
      const result = await session.run({
        architecture: toFeed(feeds.architecture, plain([1], 'int64'), 'NCHW'),
        pixels: toFeed(feeds.pixels, type, 'NCHW'),
      });
      const x = {
        dims: result['x']!.dims,
        data: Float64Array.from(result['x']!.data as Float32Array),
      };
      expect(truth.dims).toEqual([2, 3, side, side]);
      expect(relativeError(x, truth)).toBeLessThan(1e-5);
      await session.release();
    },
  );
});
