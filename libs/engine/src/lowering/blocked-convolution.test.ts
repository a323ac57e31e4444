import { rng } from '@sextant/common';
import { describe, expect, it } from 'vitest';
import { evaluate, fromResult, normalTensor, relativeError, toFeed } from '../../testing';
import { gradient } from '../autodiff/gradient';
import { Graph } from '../graph/graph';
import { plain } from '../graph/value';
import { writeModel } from '../onnx/write-model';
import { conv2d } from '../ops/conv2d';
import { toFeature } from '../ops/layout';
import { mul } from '../ops/mul';
import { relu } from '../ops/relu';
import { sumAll } from '../ops/sum';
import { portableLowerings, probeLowerings } from '../runtime/probe-lowering';
import { Session } from '../runtime/session';

const { known } = await probeLowerings();
const lowerings = [portableLowerings.known, known];

describe('the gradient of a weight where images and channels fill blocks', () => {
  it.each([
    [3, 1, 5, 6],
    [5, 1, 5, 6],
    [3, 2, 6, 8],
    [3, 2, 5, 7],
    [3, 3, 7, 6],
  ])('is that of float64: kernel %i, stride %i, %i×%i pixels', async (k, stride, h, w) => {
    const dims = { x: [16, 16, h, w], w: [32, 16, k, k] };
    const graph = new Graph();
    const x = relu(toFeature(graph.input('x', plain(dims.x))));
    const weight = graph.input('w', plain(dims.w));
    const y = conv2d(x, weight, stride);
    graph.output('dw', gradient(sumAll(mul(y, y)), [weight])[0]!);
    const feeds = { x: normalTensor(dims.x, rng(1)), w: normalTensor(dims.w, rng(2)) };
    const truth = evaluate(graph, feeds)['dw']!;
    for (const lowering of lowerings) {
      const session = await Session.create(writeModel(graph, { lowering }), {
        threads: 1,
        optimization: 'none',
      });
      const { dw } = await session.run({
        x: toFeed(feeds.x, plain(dims.x), 'NCHW'),
        w: toFeed(feeds.w, plain(dims.w), 'NCHW'),
      });
      await session.release();
      expect(relativeError(fromResult(dw!, plain(dims.w), 'NCHW'), truth)).toBeLessThan(1e-5);
    }
  });
});
