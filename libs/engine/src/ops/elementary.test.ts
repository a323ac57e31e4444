import { ShapeError } from '@sextant/common';
import { describe, expect, it } from 'vitest';
import { describeGradients, expectLiterals, type GradientCase } from '../../testing';
import { gradient } from '../autodiff/gradient';
import { elementDim } from '../graph/dims';
import type { Float64Tensor } from '../graph/float64-tensor';
import { Graph } from '../graph/graph';
import { feature, plain, type Value } from '../graph/value';
import { abs } from './abs';
import { atLeast, greater, less } from './compare';
import { div } from './div';
import { erf, erfOf } from './erf';
import { exp } from './exp';
import { log } from './log';
import { maximum, minimum } from './maximum';
import { mul } from './mul';
import { reciprocal } from './reciprocal';
import { select } from './select';
import { sigmoid } from './sigmoid';
import { sign } from './sign';
import { sqrt } from './sqrt';
import { sumAll } from './sum';
import { tanh } from './tanh';

const x4 = feature([2, 3, 2, 2]);
const rows = elementDim('architecture', 0, [2, 3]);
const positive = (_name: string, x: Float64Tensor): Float64Tensor => ({
  ...x,
  data: x.data.map((value) => value * value + 0.5),
});
const awayFromZero = (_name: string, x: Float64Tensor): Float64Tensor => ({
  ...x,
  data: x.data.map((value) => value + Math.sign(value) * 0.2),
});

const unaries: Record<string, readonly [f: (x: Value) => Value, prepare?: typeof positive]> = {
  log: [log, positive],
  sqrt: [sqrt, positive],
  reciprocal: [reciprocal, awayFromZero],
  abs: [abs, awayFromZero],
  sigmoid: [sigmoid],
  tanh: [tanh],
  erf: [erf],
};
const cases: Record<string, GradientCase> = {};
for (const [name, [f, prepare]] of Object.entries(unaries)) {
  const given = prepare ? { prepare } : {};
  cases[name] = { ...given, inputs: { x: x4 }, build: ({ x }) => f(x!) };
  cases[`${name} differentiated twice`] = {
    ...given,
    inputs: { x: plain([5]) },
    build: ({ x }) => gradient(sumAll(mul(f(x!), exp(x!))), [x!])[0]!,
  };
}
const binaries: Record<string, (a: Value, b: Value) => Value> = { div, maximum, minimum };
for (const [name, f] of Object.entries(binaries)) {
  const prepare = awayFromZero;
  cases[name] = { prepare, inputs: { a: x4, b: x4 }, build: ({ a, b }) => f(a!, b!) };
  cases[`${name} by a scalar`] = {
    prepare,
    inputs: { a: plain([7]), b: plain([]) },
    build: ({ a, b }) => f(a!, b!),
  };
  cases[`${name} of scalars`] = {
    prepare,
    inputs: { a: plain([]), b: plain([]) },
    build: ({ a, b }) => f(a!, b!),
  };
  cases[`${name} of a run-time size`] = {
    prepare,
    architecture: [2],
    inputs: { a: plain([rows, 4]), b: plain([rows, 4]) },
    build: ({ a, b }) => f(a!, b!),
  };
}
cases['div differentiated twice'] = {
  prepare: positive,
  inputs: { a: plain([4]), b: plain([4]) },
  build: ({ a, b }) => gradient(sumAll(mul(div(a!, b!), a!)), [b!])[0]!,
};
for (const scalars of [[], ['a'], ['b'], ['a', 'b']]) {
  cases[`select with scalar [${scalars.join()}]`] = {
    inputs: {
      x: x4,
      a: scalars.includes('a') ? plain([]) : x4,
      b: scalars.includes('b') ? plain([]) : x4,
    },
    build: ({ x, a, b }) => select(greater(x!, x!.graph.scalar(0)), a!, b!),
  };
}

describeGradients(cases);

describe('elementary functions', () => {
  it('take their literal values, also where they are singular', async () => {
    await expectLiterals(
      { x: [0.25, 1, 4], signed: [-2, 0, 0.5] },
      ({ x, signed }) => ({
        log: log(x!),
        'log at 0': log(abs(sign(signed!))),
        sqrt: sqrt(x!),
        reciprocal: reciprocal(x!),
        abs: abs(signed!),
        sign: sign(signed!),
        sigmoid: sigmoid(signed!),
        tanh: tanh(signed!),
        erf: erf(signed!),
        'd abs': gradient(sumAll(abs(signed!)), [signed!])[0]!,
        'd sign': gradient(sumAll(sign(signed!)), [signed!])[0]!,
      }),
      {
        log: [-1.386294, 0, 1.386294],
        'log at 0': [0, -Infinity, 0],
        sqrt: [0.5, 1, 2],
        reciprocal: [4, 1, 0.25],
        abs: [2, 0, 0.5],
        sign: [-1, 0, 1],
        sigmoid: [0.119203, 0.5, 0.622459],
        tanh: [-0.964028, 0, 0.462117],
        erf: [-0.995322, 0, 0.5205],
        'd abs': [-1, 0, 1],
        'd sign': [0, 0, 0],
      },
    );
  });

  it('saturate without overflow', async () => {
    await expectLiterals(
      { x: [-1000, 1000] },
      ({ x }) => ({ sigmoid: sigmoid(x!), tanh: tanh(x!), erf: erf(x!) }),
      { sigmoid: [0, 1], tanh: [-1, 1], erf: [-1, 1] },
    );
  });

  it('compare, and give a tie to the first operand', async () => {
    await expectLiterals(
      { a: [1, 2, 3], b: [2, 2, 2], c: 2 },
      ({ a, b, c }) => ({
        greater: greater(a!, b!),
        less: less(a!, c!),
        atLeast: atLeast(a!, c!),
        maximum: maximum(a!, b!),
        minimum: minimum(a!, b!),
        'max da': gradient(sumAll(maximum(a!, b!)), [a!])[0]!,
        'max db': gradient(sumAll(maximum(a!, b!)), [b!])[0]!,
        'min da': gradient(sumAll(minimum(a!, b!)), [a!])[0]!,
        'min db': gradient(sumAll(minimum(a!, b!)), [b!])[0]!,
        'd mask': gradient(sumAll(mul(greater(a!, b!), b!)), [a!])[0]!,
        div: div(a!, c!),
      }),
      {
        greater: [0, 0, 1],
        less: [1, 0, 0],
        atLeast: [0, 1, 1],
        maximum: [2, 2, 3],
        minimum: [1, 2, 2],
        'max da': [0, 1, 1],
        'max db': [1, 0, 0],
        'min da': [1, 1, 0],
        'min db': [0, 0, 1],
        'd mask': [0, 0, 0],
        div: [0.5, 1, 1.5],
      },
    );
  });

  it('select without being touched by what is not chosen', async () => {
    await expectLiterals(
      { mask: [1, 0, 1], x: [1, -1, 4] },
      ({ mask, x }) => {
        const y = select(mask!, log(x!), mask!.graph.scalar(7));
        return { y, 'd mask': gradient(sumAll(y), [mask!])[0]! };
      },
      { y: [0, 7, 1.386294], 'd mask': [0, 0, 0] },
    );
  });

  it.each(Object.entries({ div, maximum, minimum, greater, atLeast, less }))(
    '%s refuses operands of two types',
    (name, f) => {
      const graph = new Graph();
      const [a, b] = [graph.input('a', plain([2])), graph.input('b', plain([3]))];
      expect(() => f(a, b)).toThrow(ShapeError);
      expect(() => f(a, b)).toThrow(`${name}: plain[2] and plain[3] must be equal`);
    },
  );

  it('select refuses an operand that is not of the mask', () => {
    const graph = new Graph();
    const [mask, b] = [graph.input('mask', plain([2])), graph.input('b', plain([3]))];
    expect(() => select(mask, mask, b)).toThrow(ShapeError);
  });
});

describe('erfOf', () => {
  it.each([
    [0, 0],
    [0.1, 0.1124629160182849],
    [1, 0.8427007929497149],
    [-2.5, -0.999593047982555],
    [4, 0.9999999845827421],
    [7, 1],
  ])('erf %f', (x, expected) => {
    expect(erfOf(x)).toBeCloseTo(expected, 14);
  });
});
