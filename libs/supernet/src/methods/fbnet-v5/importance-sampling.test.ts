import { rng } from '@sextant/common';
import type { Topology } from '@sextant/search-space';
import { describe, expect, it } from 'vitest';
import { drawShared, mixtureRatios } from './importance-sampling';
import {
  drawTopology,
  keepProbabilities,
  likeliestTopology,
  logProbability,
  type Logits,
} from './topology-distribution';
import { costGradient, expectedCost, scoreGradient } from './topology-gradient';

const logitsOf = (...keep: readonly number[]): Logits =>
  Float32Array.from(keep, (p) => Math.log(p / (1 - p)));

/** Every architecture of B units: 00, 01, 10, 11 for two. */
const everyTopology = (units: number): Topology[] =>
  Array.from({ length: 2 ** units }, (_, code) =>
    Array.from({ length: units }, (_unused, b) => (((code >> (units - 1 - b)) & 1) === 1 ? 1 : 0)),
  );

const probability = (logits: Logits, topology: Topology): number =>
  Math.exp(logProbability(logits, topology));

/** E_p[f] by enumeration; f may be a vector. */
function expectation(
  logits: Logits,
  f: (topology: Topology, code: number) => ArrayLike<number>,
): number[] {
  const sums: number[] = [];
  everyTopology(logits.length).forEach((topology, code) => {
    const p = probability(logits, topology);
    Array.from(f(topology, code)).forEach((value, at) => {
      sums[at] = (sums[at] ?? 0) + p * value;
    });
  });
  return sums;
}

const losses = [3, 2, 1.5, 1];
const lossOf = (code: number): number => losses[code] as number;
const pi = logitsOf(0.6, 0.3);
const proposal = logitsOf(0.5, 0.5);
const ratioTo = (logits: Logits, from: Logits, topology: Topology): number =>
  Math.exp(logProbability(logits, topology) - logProbability(from, topology));

describe('a distribution over architectures', () => {
  it('is a product of independent choices, in logarithms', () => {
    expect(probability(pi, [1, 0])).toBeCloseTo(0.6 * 0.7, 6);
    expect(expectation(pi, () => [1])[0]).toBeCloseTo(1, 12);
    const long = new Float32Array(2000).fill(3);
    expect(
      logProbability(
        long,
        Array.from(long, () => 0 as const),
      ),
    ).toBeCloseTo(-2000 * Math.log1p(Math.exp(3)), 6);
    expect(logProbability(new Float32Array([500]), [1])).toBe(0);
  });

  it('draws each unit as often as it says, and is likeliest where half or more', () => {
    const draw = rng(1, 'draws');
    const kept = [0, 0];
    const count = 20_000;
    for (let at = 0; at < count; at++) {
      drawTopology(pi, draw).forEach((bit, b) => (kept[b] = (kept[b] as number) + bit / count));
    }
    kept.forEach((share, b) => {
      const p = keepProbabilities(pi)[b] as number;
      expect(Math.abs(share - p)).toBeLessThan(3 * Math.sqrt((p * (1 - p)) / count));
    });
    expect(likeliestTopology(new Float32Array([-0.1, 0, 2]))).toEqual([0, 1, 1]);
  });
});

describe('importance ratios', () => {
  it('are the published worked example for a proposal of its own', () => {
    const ratios = everyTopology(2).map((topology) => ratioTo(pi, proposal, topology));
    [1.12, 0.48, 1.68, 0.72].forEach((ratio, at) => expect(ratios[at]).toBeCloseTo(ratio, 6));
    expect(expectation(pi, (_, code) => [lossOf(code)])[0]).toBeCloseTo(1.89, 6);
    const [one, mean, square] = expectation(proposal, (topology, code) => {
      const r = ratioTo(pi, proposal, topology);
      return [r, r * lossOf(code), r * r];
    });
    expect(one).toBeCloseTo(1, 9);
    expect(mean).toBeCloseTo(1.89, 6);
    expect(square).toBeCloseTo(1.2064, 6);
  });

  it('of a mixture are at most the number of tasks, 1 in the mean, and those of the worked example', () => {
    const tasks = [logitsOf(0.6, 0.3), logitsOf(0.2, 0.8), logitsOf(0.5, 0.5)];
    const table = [
      [1.2174, 0.3564, 1.7747, 0.9153],
      [0.6957, 1.901, 0.169, 0.8136],
      [1.087, 0.7426, 1.0563, 1.2712],
    ];
    const mean = [0, 0, 0];
    everyTopology(2).forEach((topology, code) => {
      const logs = tasks.map((logits) => logProbability(logits, topology));
      const s = logs.reduce((sum, log) => sum + Math.exp(log) / 3, 0);
      mixtureRatios(logs).forEach((ratio, t) => {
        // Published to four digits.
        expect(Math.abs(ratio - (table[t]?.[code] as number))).toBeLessThan(1e-4);
        expect(ratio).toBeLessThanOrEqual(3);
        mean[t] = (mean[t] as number) + s * ratio;
      });
    });
    mean.forEach((value) => expect(value).toBeCloseTo(1, 9));
  });

  it('are exactly 1 for tasks of equal distributions, and for a single one: plain REINFORCE', () => {
    expect(drawShared([pi, pi.slice(), pi.slice()], rng(1)).ratios).toEqual([1, 1, 1]);
    expect(drawShared([pi], rng(1)).ratios).toEqual([1]);
  });

  it('do not vanish for thousands of units', () => {
    const [a, b] = [new Float32Array(3000).fill(1), new Float32Array(3000).fill(-1)];
    const { ratios } = drawShared([a, b], rng(4));
    expect(ratios[0] as number).toBeGreaterThanOrEqual(0);
    expect((ratios[0] as number) + (ratios[1] as number)).toBeCloseTo(2, 12);
  });
});

describe('the gradient of a distribution', () => {
  const exact = [-0.324, -0.147];
  const close = (actual: readonly number[], digits = 6) =>
    exact.forEach((value, b) => expect(actual[b]).toBeCloseTo(value, digits));

  it('is the same by score function, by another proposal, with a baseline, and by finite differences', () => {
    close(expectation(pi, (a, code) => scoreGradient(pi, a, 1, lossOf(code))));
    for (const baseline of [0, 1.89]) {
      close(
        expectation(proposal, (a, code) =>
          scoreGradient(pi, a, ratioTo(pi, proposal, a), lossOf(code) - baseline),
        ),
      );
    }
    const at = (b: number, by: number): number => {
      const moved = pi.slice();
      moved[b] = (moved[b] as number) + by;
      return expectation(moved, (_, code) => [lossOf(code)])[0] as number;
    };
    close(
      [0, 1].map((b) => (at(b, 1e-2) - at(b, -1e-2)) / 2e-2),
      4,
    );
  });

  it('is unbiased for every task under the mixture, by enumeration of 2⁸ architectures', () => {
    const draw = rng(7, 'enumeration');
    const tasks = Array.from({ length: 3 }, () =>
      Float32Array.from({ length: 8 }, () => 1.5 * draw.normal()),
    );
    const loss = Array.from({ length: 256 }, () => draw.uniform() * 4);
    tasks.forEach((logits, t) => {
      const expected = expectation(logits, (a, code) =>
        scoreGradient(logits, a, 1, loss[code] ?? 0),
      );
      const estimated = Array<number>(8).fill(0);
      everyTopology(8).forEach((a, code) => {
        const logs = tasks.map((other) => logProbability(other, a));
        const s = logs.reduce((sum, log) => sum + Math.exp(log) / 3, 0);
        const ratio = mixtureRatios(logs)[t] as number;
        scoreGradient(logits, a, ratio, (loss[code] ?? 0) - 1.7).forEach((value, b) => {
          estimated[b] = (estimated[b] as number) + s * value;
        });
      });
      estimated.forEach((value, b) =>
        expect(Math.abs(value - (expected[b] as number))).toBeLessThan(1e-9),
      );
    });
  });

  it('is met by drawn architectures within 3 standard errors', () => {
    const tasks = [pi, logitsOf(0.2, 0.8), logitsOf(0.5, 0.5)];
    const [count, draw] = [20_000, rng(3, 'monte carlo')];
    const [sum, squares] = [
      [0, 0],
      [0, 0],
    ];
    for (let at = 0; at < count; at++) {
      const { topology, ratios } = drawShared(tasks, draw);
      const loss = lossOf(2 * (topology[0] ?? 0) + (topology[1] ?? 0));
      scoreGradient(pi, topology, ratios[0] as number, loss - 1.89).forEach((value, b) => {
        sum[b] = (sum[b] as number) + value / count;
        squares[b] = (squares[b] as number) + value ** 2 / count;
      });
    }
    exact.forEach((value, b) => {
      const mean = sum[b] as number;
      const error = Math.sqrt(((squares[b] as number) - mean ** 2) / count);
      expect(Math.abs(mean - value)).toBeLessThan(3 * error);
    });
  });
});

describe('the cost term', () => {
  const term = { costs: [10, 4], fixed: 0, target: 5, weight: 2, form: 'linear' } as const;

  it('is closed: what architectures cost in the mean, and its slope', () => {
    expect(expectedCost(pi, term)).toBeCloseTo(7.2, 5);
    const [first, second] = costGradient(pi, term);
    expect(first).toBeCloseTo((2 * 0.24 * 10) / 5, 6);
    expect(second).toBeCloseTo((2 * 0.21 * 4) / 5, 6);
    const sampled = expectation(pi, (a) =>
      scoreGradient(pi, a, 1, (2 * (10 * (a[0] ?? 0) + 4 * (a[1] ?? 0))) / 5),
    );
    expect(sampled[0]).toBeCloseTo(first as number, 6);
    expect(sampled[1]).toBeCloseTo(second as number, 6);
  });

  it('as a hinge acts above its target only', () => {
    expect([...costGradient(pi, { ...term, form: 'hinge', target: 8 })]).toEqual([0, 0]);
    expect(costGradient(pi, { ...term, form: 'hinge', target: 7 })[0]).toBeGreaterThan(0);
  });
});
