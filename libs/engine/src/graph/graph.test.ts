import { describe, expect, it } from 'vitest';
import { evaluate } from '../../testing';
import { gradient } from '../autodiff/gradient';
import { add } from '../ops/add';
import { relu } from '../ops/relu';
import { scale } from '../ops/scale';
import { sumAll } from '../ops/sum';
import { toFeature } from '../ops/layout';
import { unitGate } from '../ops/unit-gate';
import { elementDim } from './dims';
import { Graph } from './graph';
import { plain, type Value } from './value';

const vector = (...data: number[]) => ({ dims: [data.length], data: Float64Array.from(data) });

describe('an interceptor', () => {
  it('may let an op be, put another in its place, or leave it out; its own ops go in as they are', () => {
    const graph = new Graph();
    const x = graph.input('x', plain([2]));
    const seen: string[] = [];
    const y = graph.intercepted(
      ({ op, inputs }, append) => {
        seen.push(op.name);
        if (op.name === 'relu') return inputs.slice(0, 1);
        return op.name === 'scale' ? [scale(inputs[0] as Value, 10)] : append();
      },
      () => add(relu(x), scale(x, 2)),
    );
    graph.output('y', y);
    expect(seen).toEqual(['relu', 'scale', 'add']);
    expect([...evaluate(graph, { x: vector(-1, 3) })['y']!.data]).toEqual([-11, 33]);
  });

  it('ends with what it stands around', () => {
    const graph = new Graph();
    const x = graph.input('x', plain([1]));
    graph.intercepted(
      () => [x],
      () => relu(x),
    );
    graph.output('y', relu(x));
    expect([...evaluate(graph, { x: vector(-1) })['y']!.data]).toEqual([0]);
  });
});

describe('a value hoisted out of an arm', () => {
  const nested = () => {
    const graph = new Graph();
    const x = graph.input('x', plain([1]));
    graph.input('choice', plain([2], 'int64'));
    const [outer, inner] = [0, 1].map((at) => elementDim('choice', at, [0, 1]));
    let deep: Value | null = null;
    graph.condition(
      outer!,
      () =>
        graph.condition(
          inner!,
          () => [(deep = scale(x, 5))],
          () => [x],
        ).outputs,
      () => [x],
    );
    graph.output('y', graph.hoist(deep!, graph.constant(Float32Array.of(-1), [1])));
    return graph;
  };

  it.each([
    [1, 1, 15],
    [1, 0, -1],
    [0, 1, -1],
  ])('is itself where its arm runs, else the stand-in (%i, %i)', (outer, inner, expected) => {
    const y = evaluate(nested(), { x: vector(3), choice: vector(outer, inner) })['y']!;
    expect([...y.data]).toEqual([expected]);
  });

  it('must have the size of its stand-in', () => {
    const graph = new Graph();
    const x = graph.input('x', plain([1]));
    expect(() => graph.hoist(x, graph.constant(new Float32Array(2), [2]))).toThrow('must be equal');
  });
});

describe('a gate of ones', () => {
  it('changes nothing, and has the sum over space of map times gradient as its own', () => {
    const graph = new Graph();
    const x = graph.input('x', plain([1, 2, 1, 2]));
    const gate = graph.constant(new Float32Array(2).fill(1), [1, 2]);
    const y = unitGate(toFeature(x), gate);
    const [dGate] = gradient(scale(sumAll(relu(y)), 3), [gate]);
    graph.output('dGate', dGate!);
    const feeds = { x: { dims: [1, 2, 1, 2], data: Float64Array.of(1, 2, -3, 4) } };
    expect([...evaluate(graph, feeds)['dGate']!.data]).toEqual([9, 12]);
  });

  it('must have an element a plane', () => {
    const graph = new Graph();
    const x = toFeature(graph.input('x', plain([1, 2, 1, 2])));
    expect(() => unitGate(x, graph.constant(new Float32Array(3), [1, 3]))).toThrow('channels');
  });
});
