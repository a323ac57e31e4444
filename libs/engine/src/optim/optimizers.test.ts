import { ShapeError } from '@sextant/common';
import { describe, expect, it } from 'vitest';
import { evaluateLiterals, expectLiterals, type Literal } from '../../testing';
import { Graph } from '../graph/graph';
import { plain, type Value } from '../graph/value';
import { adam, adamCorrections, adamDefaults, adamW } from './adam';
import { clipByGlobalNorm, clipByValue } from './clip';
import { ema } from './ema';
import { rmsProp, rmsPropDefaults } from './rmsprop';
import { gradientDescent, sgd } from './sgd';
import { addWeightDecay, decayCoefficients } from './weight-decay';

type State = Record<string, number[]>;
type Inputs = Record<string, Value>;

/** ½·Σ a·(θ − c)²: the gradient is a·(θ − c). */
const [a, c] = [
  [1, 4, 0.5],
  [0.3, -1, 2],
];
const gradientAt = (theta: readonly number[]): number[] =>
  theta.map((value, at) => a[at]! * (value - c[at]!));
const decays = [0.1, 0, 0.02];
const rate = 0.05;

interface Optimizer {
  /** State beside theta, before the first step. */
  readonly state: State;
  readonly build: (inputs: Inputs) => Record<string, Value>;
  /** The same step in plain float64, for one parameter: new theta and the new state in order. */
  readonly step: (
    theta: number,
    g: number,
    state: readonly number[],
    decay: number,
    t: number,
  ) => readonly number[];
}

const zeros = [0, 0, 0];
const nesterov =
  (isNesterov: boolean): Optimizer['step'] =>
  (theta, g, [v = 0]) => {
    const next = 0.9 * v + g;
    return [theta - rate * (isNesterov ? g + 0.9 * next : next), next];
  };
const squares =
  (placement: 'inside' | 'outside'): Optimizer['step'] =>
  (theta, g, [s = 0, u = 0]) => {
    const mean = 0.9 * s + 0.1 * g * g;
    const root = placement === 'inside' ? Math.sqrt(mean + 1e-3) : Math.sqrt(mean) + 1e-3;
    const next = 0.9 * u + (rate * g) / root;
    return [theta - next, mean, next];
  };
const moments =
  (beta1: number, decoupled: boolean, l2: boolean): Optimizer['step'] =>
  (theta, given, [m = 0, v = 0], decay, t) => {
    const g = l2 ? given + decay * theta : given;
    const [nextM, nextV] = [beta1 * m + (1 - beta1) * g, 0.999 * v + 0.001 * g * g];
    const mHat = nextM / (1 - Math.pow(beta1, t));
    const vHat = nextV / (1 - Math.pow(0.999, t));
    const shrunk = decoupled ? theta * (1 - rate * decay) : theta;
    return [shrunk - (rate * mHat) / (Math.sqrt(vHat) + 1e-8), nextM, nextV];
  };

const sgdWith = (isNesterov: boolean): Optimizer => ({
  state: { velocity: zeros },
  build: ({ theta, velocity, gradient, learningRate }) =>
    sgd(
      { theta: theta!, velocity: velocity!, gradient: gradient!, learningRate: learningRate! },
      { momentum: 0.9, nesterov: isNesterov },
    ),
  step: nesterov(isNesterov),
});
const rmsPropWith = (epsilonPlacement: 'inside' | 'outside'): Optimizer => ({
  state: { meanSquare: [1, 1, 1], velocity: zeros },
  build: (inputs) => rmsProp(inputs as never, { ...rmsPropDefaults, epsilonPlacement }) as never,
  step: squares(epsilonPlacement),
});

const optimizers: Record<string, Optimizer> = {
  'gradient descent': {
    state: {},
    build: ({ theta, gradient, learningRate }) => ({
      theta: gradientDescent({
        theta: theta!,
        gradient: gradient!,
        learningRate: learningRate!,
      }),
    }),
    step: (theta, g) => [theta - rate * g],
  },
  'sgd with momentum': sgdWith(false),
  'sgd with Nesterov momentum': sgdWith(true),
  'rmsProp, ε inside the root': rmsPropWith('inside'),
  'rmsProp, ε outside the root': rmsPropWith('outside'),
  adam: {
    state: { firstMoment: zeros, secondMoment: zeros },
    build: (inputs) => adam(inputs as never) as never,
    step: moments(0.9, false, false),
  },
  'adam without first moment': {
    state: { firstMoment: zeros, secondMoment: zeros },
    build: (inputs) => adam(inputs as never, { ...adamDefaults, beta1: 0 }) as never,
    step: moments(0, false, false),
  },
  'adam with L2': {
    state: { firstMoment: zeros, secondMoment: zeros },
    build: (inputs) =>
      adam({
        ...inputs,
        gradient: addWeightDecay(inputs['gradient']!, inputs['theta']!, inputs['weightDecay']!),
      } as never) as never,
    step: moments(0.9, false, true),
  },
  adamW: {
    state: { firstMoment: zeros, secondMoment: zeros },
    build: (inputs) => adamW(inputs as never) as never,
    step: moments(0.9, true, false),
  },
};

/** Five steps of the plain loop. */
function loop({ state, step }: Optimizer): State {
  const names = ['theta', ...Object.keys(state)];
  let now: State = { theta: [1, 2, -1], ...state };
  for (let t = 1; t <= 5; t++) {
    const gradients = gradientAt(now['theta']!);
    const results = gradients.map((g, at) => {
      const [theta, ...rest] = names.map((name) => now[name]![at]!);
      return step(theta!, g, rest, decays[at]!, t);
    });
    now = Object.fromEntries(names.map((name, k) => [name, results.map((result) => result[k]!)]));
  }
  return now;
}

/** Five steps of the graph, in the reference (variant 0) or ONNX Runtime (variant 1). */
async function graphSteps({ state, build }: Optimizer, beta1: number, variant: number) {
  let now: State = { theta: [1, 2, -1], ...state };
  for (let t = 1; t <= 5; t++) {
    const { first, second } = adamCorrections(t, { ...adamDefaults, beta1 });
    const literals: Record<string, Literal> = {
      ...now,
      gradient: gradientAt(now['theta']!),
      weightDecay: decays,
      learningRate: rate,
      firstCorrection: first,
      secondCorrection: second,
    };
    const outputs = (await evaluateLiterals(literals, build))[variant]!;
    now = Object.fromEntries(Object.entries(outputs).map(([name, data]) => [name, [...data]]));
  }
  return now;
}

describe('five steps on a quadratic', () => {
  it.each(Object.entries(optimizers))('%s follows the plain loop', async (name, optimizer) => {
    const expected = loop(optimizer);
    const beta1 = name === 'adam without first moment' ? 0 : 0.9;
    for (const [variant, tolerance] of [
      [0, 1e-9],
      [1, 1e-6],
    ] as const) {
      const actual = await graphSteps(optimizer, beta1, variant);
      expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
      for (const [key, values] of Object.entries(expected)) {
        values.forEach((value, at) => {
          const gap = Math.abs(actual[key]![at]! - value) / Math.max(1, Math.abs(value));
          expect(gap, `${key}[${at}]`).toBeLessThan(tolerance);
        });
      }
    }
  });
});

describe('first steps worked by hand', () => {
  it('sgd from rest moves by η·g, Nesterov by 1.9·η·g', async () => {
    await expectLiterals(
      { theta: [1], velocity: [0], gradient: [2], learningRate: 0.1 },
      (inputs) => {
        const given = inputs as never;
        const heavy = sgd(given, { momentum: 0.9, nesterov: false });
        const ahead = sgd(given, { momentum: 0.9, nesterov: true });
        return { heavy: heavy.theta, ahead: ahead.theta, velocity: ahead.velocity };
      },
      { heavy: [0.8], ahead: [0.62], velocity: [2] },
    );
  });

  it('adam moves by η·sign g whatever the size of g; adamW by η·λ·θ more', async () => {
    const { first, second } = adamCorrections(1);
    expect(first).toBeCloseTo(10, 12);
    expect(second).toBeCloseTo(1000, 9);
    await expectLiterals(
      {
        theta: [1, 1],
        firstMoment: [0, 0],
        secondMoment: [0, 0],
        gradient: [-40, 0.002],
        weightDecay: [0.5, 0.5],
        learningRate: 0.1,
        firstCorrection: first,
        secondCorrection: second,
      },
      (inputs) => ({ adam: adam(inputs as never).theta, adamW: adamW(inputs as never).theta }),
      { adam: [1.1, 0.9], adamW: [1.05, 0.85] },
    );
  });

  it('rmsProp from a mean square of 1 divides by √(0.9 + 0.1·g² + ε)', async () => {
    await expectLiterals(
      { theta: [1], meanSquare: [1], velocity: [0], gradient: [3], learningRate: 0.1 },
      (inputs) => ({ ...rmsProp(inputs as never) }),
      { theta: [1 - 0.3 / Math.sqrt(1.801)], meanSquare: [1.8] },
    );
  });

  it('ema moves 1 − β of the way', async () => {
    await expectLiterals(
      { average: [1, 5], theta: [3, 5] },
      ({ average, theta }) => ({
        tenth: ema(average!, theta!, 0.9),
        standard: ema(average!, theta!),
      }),
      { tenth: [1.2, 5], standard: [1.0002, 5] },
      6,
    );
  });

  it('weight decay adds λ·θ where a parameter decays', async () => {
    const ranges = [
      { offset: 0, size: 1, decays: false },
      { offset: 1, size: 2, decays: true },
    ];
    const coefficients = decayCoefficients(4, ranges, 0.5);
    expect([...coefficients]).toEqual([0, 0.5, 0.5, 0]);
    await expectLiterals(
      { g: [1, 1, 1, 1], theta: [2, 4, -6, 8], coefficients: [...coefficients] },
      ({ g, theta, coefficients }) => ({ g: addWeightDecay(g!, theta!, coefficients!) }),
      { g: [1, 3, -2, 1] },
    );
  });
});

describe('clipping', () => {
  it('clamps values, and shortens a vector only when it is longer than the limit', async () => {
    await expectLiterals(
      { g: [3, -4, 0], zero: [0, 0] },
      ({ g, zero }) => ({
        value: clipByValue(g!, 3.5),
        long: clipByGlobalNorm(g!, 1),
        short: clipByGlobalNorm(g!, 10),
        exact: clipByGlobalNorm(g!, 5),
        zero: clipByGlobalNorm(zero!, 1),
      }),
      {
        value: [3, -3.5, 0],
        long: [0.6, -0.8, 0],
        short: [3, -4, 0],
        exact: [3, -4, 0],
        zero: [0, 0],
      },
    );
  });

  it('gives 0 where the squared norm overflows float32', async () => {
    const [, runtime] = await evaluateLiterals({ g: [1e20, 1] }, ({ g }) => ({
      clipped: clipByGlobalNorm(g!, 1),
    }));
    expect(runtime?.['clipped']).toEqual([0, 0]);
  });
});

it('a gradient of another length is refused', () => {
  const graph = new Graph();
  const [theta, g] = [graph.input('theta', plain([3])), graph.input('g', plain([2]))];
  const learningRate = graph.scalar(1);
  expect(() => gradientDescent({ theta, gradient: g, learningRate })).toThrow(ShapeError);
  expect(() => addWeightDecay(g, theta, theta)).toThrow(ShapeError);
});
