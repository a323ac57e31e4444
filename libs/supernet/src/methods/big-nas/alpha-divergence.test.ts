import {
  Graph,
  gradient,
  log,
  logSoftmax,
  plain,
  scale,
  sumAll,
  type Value,
} from '@sextant/engine';
import { evaluate, expectLiterals, gradcheck } from '@sextant/engine/testing';
import { describe, expect, it } from 'vitest';
import { adaptiveAlpha, alphaDivergence } from './alpha-divergence';

const [teacher, student] = [
  [0.7, 0.2, 0.1],
  [0.5, 0.3, 0.2],
];
const row = (data: readonly number[]) => ({ type: plain([1, data.length]), data });
const divergences = (p: readonly number[], q: readonly number[], limit?: number) =>
  [
    { p: row(p), q: row(q) },
    (inputs: Record<string, Value>) => ({
      between: alphaDivergence(0.5, log(inputs['q']!), inputs['p']!).value,
      forward: alphaDivergence(1, log(inputs['q']!), inputs['p']!).value,
      reverse: alphaDivergence(-1, log(inputs['q']!), inputs['p']!, limit).value,
    }),
  ] as const;

/** ∂/∂logits, by the graph in float64, of what `build` makes of log q and p. */
function gradientOf(
  logits: readonly number[],
  p: readonly number[],
  build: (logQ: Value, p: Value) => Value,
): readonly number[] {
  const graph = new Graph();
  const z = graph.input('z', plain([1, logits.length]));
  const targets = graph.input('p', plain([1, p.length]));
  graph.output('d', gradient(sumAll(build(logSoftmax(z), targets)), [z])[0]!);
  const tensor = (data: readonly number[]) => ({
    dims: [1, data.length],
    data: Float64Array.from(data),
  });
  return [...evaluate(graph, { z: tensor(logits), p: tensor(p) })['d']!.data];
}

const expectClose = (actual: readonly number[], expected: readonly number[], digits = 9) =>
  expected.forEach((value, at) => expect(actual[at]).toBeCloseTo(value, digits));

describe('the α-divergence of (.7, .2, .1) and (.5, .3, .2)', () => {
  it('is 0.0851228 at α = 1 (Kullback–Leibler), 0.0880868 at 0.5, 0.1035714 at −1', () =>
    expectLiterals(...divergences(teacher, student), {
      forward: [0.0851228],
      between: [0.0880868],
      reverse: [0.1035714],
    }));

  it('is 0 of equal distributions, and finite where a probability of the teacher is 0', async () => {
    await expectLiterals(...divergences(student, student), { forward: [0], reverse: [0] });
    await expectLiterals(...divergences([1, 0], [0.5, 0.5], 5), {
      forward: [Math.log(2)],
      reverse: [0.5 * (0.5 * 0.5 + 0.5 * 5 - 1)],
    });
  });
});

describe('the surrogate', () => {
  const logits = [0.3, -1.2, 0.8, 0.1];
  const p = [0.1, 0.25, 0.4, 0.25];
  it.each([1, 0.5, -1])('has the gradient of the divergence itself at α = %d', (alpha) => {
    const [value, surrogate] = (['value', 'surrogate'] as const).map((which) =>
      gradientOf(logits, p, (logQ, targets) => alphaDivergence(alpha, logQ, targets)[which]),
    );
    expectClose(surrogate!, value!);
  });

  it('at α = 1 has that of the cross-entropy, q − p', () => {
    const q = logits.map(Math.exp);
    const total = q.reduce((a, b) => a + b);
    const actual = gradientOf(
      logits,
      p,
      (logQ, targets) => alphaDivergence(1, logQ, targets).surrogate,
    );
    expectClose(
      actual,
      q.map((value, at) => value / total - p[at]!),
    );
  });

  it.each([1, 0.5, -1])('divergence at α = %i is differentiated exactly', async (alpha) => {
    const report = await gradcheck({
      inputs: { z: plain([3, 4]) },
      build: ({ z }) => {
        const targets = z!.graph.constant(
          Float32Array.from([0.1, 0.2, 0.3, 0.4, 0.25, 0.25, 0.25, 0.25, 0.7, 0.1, 0.1, 0.1]),
          [3, 4],
        );
        return alphaDivergence(alpha, logSoftmax(z!), targets).value;
      },
    });
    expect(report.analyticVsNumeric).toBeLessThan(1e-6);
    for (const error of Object.values(report.runtimeVsReference)) expect(error).toBeLessThan(2e-5);
  });
});

describe('the adaptive objective', () => {
  const logits = student.map(Math.log);
  it('takes α = −1 where that divergence is the larger, as in the worked example', () => {
    expectClose(
      gradientOf(logits, teacher, adaptiveAlpha),
      gradientOf(logits, teacher, (logQ, p) => alphaDivergence(-1, logQ, p, 5).surrogate),
    );
  });
  it('takes α = 1 where that one is, sample by sample, and averages over the batch', () => {
    // A student that misses a class: KL is log-large, ½·(Σ q²/p − 1) stays below ½.
    const [sure, unsure] = [
      [0.999, 0.001],
      [0.5, 0.5],
    ];
    const batch = (logQ: Value, p: Value): Value => adaptiveAlpha(logQ, p);
    const actual = gradientOf(sure.map(Math.log), unsure, batch);
    const kl = 0.5 * Math.log(0.5 / 0.999) + 0.5 * Math.log(0.5 / 0.001);
    const reverse = 0.5 * ((0.999 ** 2 + 0.001 ** 2) / 0.5 - 1);
    expect(kl).toBeGreaterThan(reverse);
    expectClose(actual, [0.999 - 0.5, 0.001 - 0.5]);
    const twice = (logQ: Value, p: Value): Value => scale(adaptiveAlpha(logQ, p), 2);
    expectClose(
      gradientOf(sure.map(Math.log), unsure, twice),
      actual.map((value) => 2 * value),
    );
  });
});
