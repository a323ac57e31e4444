import { ShapeError } from '@sextant/common';
import { describe, expect, it } from 'vitest';
import { portableLowerings } from '../runtime/probe-lowering';
import { relu } from '../ops/relu';
import { reshape } from '../ops/reshape';
import { sumAll } from '../ops/sum';
import { mul } from '../ops/mul';
import { axisDim, elementDim, mulDims, subDims, floorDivDims, minDims } from './dims';
import { Graph } from './graph';
import { largestBytes, largestSize } from './largest-size';
import { liveBytes } from './liveness';
import { feature, plain } from './value';

const { known, elastic } = portableLowerings;
const width = elementDim('architecture', 0, [8, 24]);
const depth = elementDim('architecture', 1, [2, 3]);

describe('largestSize', () => {
  it('bounds every operator over all choices', () => {
    expect(largestSize(7)).toBe(7);
    expect(largestSize(mulDims(width, depth))).toBe(72);
    expect(largestSize(subDims(width, depth))).toBe(22);
    expect(largestSize(floorDivDims(width, depth))).toBe(12);
    expect(largestSize(minDims(width, depth))).toBe(3);
  });
  it('needs to be told an axis', () => {
    const batch = axisDim('image', 0);
    expect(largestSize(mulDims(batch, width), { 'image.0': 10 })).toBe(240);
    expect(() => largestSize(batch)).toThrow(ShapeError);
  });
  it('counts bytes by element type, and channels in whole blocks', () => {
    expect(largestBytes(plain([3, 5], 'int64'), {}, 16)).toBe(120);
    expect(largestBytes(feature([2, width, 3, 3]), {}, null)).toBe(4 * 2 * 24 * 9);
    expect(largestBytes(feature([2, width, 3, 3]), {}, 16)).toBe(4 * 2 * 32 * 9);
  });
});

describe('liveBytes', () => {
  it('frees a value after its last reader and keeps outputs', () => {
    const graph = new Graph();
    const x = graph.input('x', plain([100]));
    const a = relu(x);
    const b = relu(a);
    const c = relu(b);
    graph.output('c', c);
    expect(liveBytes(graph, known)).toBe(2 * 400);
    graph.output('a', a);
    expect(liveBytes(graph, known)).toBe(3 * 400);
  });
  it('leaves out what no output needs', () => {
    const graph = new Graph();
    const x = graph.input('x', plain([100]));
    relu(relu(relu(x)));
    graph.output('sum', sumAll(x));
    expect(liveBytes(graph, known)).toBe(4);
  });
  it('takes the larger arm of a condition, and what the arms hand out', () => {
    const graph = new Graph();
    const x = graph.input('x', plain([100]));
    const arm = (): [typeof x] => [relu(relu(x))];
    const { outputs } = graph.condition(elementDim('on', 0, [0, 1]), arm, () => [x]);
    graph.output('y', outputs[0]!);
    // the output, and beside it the arm's first value
    expect(liveBytes(graph, known)).toBe(2 * 400);
  });
  it('adds copies of feature maps where the lowering makes them', () => {
    const graph = new Graph();
    const x = graph.input('x', feature([1, 4, 5, 5]));
    graph.output('y', mul(x, x));
    expect(liveBytes(graph, known)).toBe(400);
    expect(liveBytes(graph, elastic)).toBe(400 + 4 * 3 * 400);
    expect(liveBytes(graph, { featureOrder: 'NCHW', blockChannels: 8 })).toBe(4 * 800);
  });
  it('reads through the arms: a value used there lives until the condition', () => {
    const graph = new Graph();
    const x = graph.input('x', plain([100]));
    const kept = relu(x);
    const between = reshape(relu(relu(x)), [100]);
    const { outputs } = graph.condition(
      elementDim('on', 0, [0, 1]),
      () => [mul(kept, between)],
      () => [between],
    );
    graph.output('y', outputs[0]!);
    expect(liveBytes(graph, known)).toBe(3 * 400);
  });
});
