import { rng } from '@sextant/common';
import {
  gradient,
  Graph,
  mul,
  plain,
  portableLowerings,
  Session,
  softmax as softmaxOp,
  sumAll,
  writeModel,
} from '@sextant/engine';
import { macs, sample, searchSpaces } from '@sextant/search-space';
import { describe, expect, it } from 'vitest';
import { tinyPathSpace } from '../../../testing';
import { gradientStep, reinforceStep, type ArchitectureRules } from './architecture-step';
import { combineLoss } from './cost-loss';
import { expectedCost, pathCost, pathCosts } from './costs';
import { architectureOf, candidateOffsets, searchEdges, type Edge } from './edges';
import { alphaGradient, rescaled } from './gate-gradient';
import { argMax, draw, drawPair, entropy, softmax } from './probabilities';
import { nextBaseline, reinforceGradient, reward } from './reinforce';
import { architectureStepAt, scheduleOf } from './search-schedule';
import { costLossOf } from './settings';
import { sparseAdam, type SparseAdamState } from './sparse-adam';
import { proxylessNasPresets } from '@sextant/contracts';

const alpha = [0.2, -0.1, 0.5];
const p = softmax(alpha);
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

function expectClose(actual: readonly number[], expected: readonly number[], digits = 6): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, at) => expect(value).toBeCloseTo(expected[at] as number, digits));
}

describe('probabilities', () => {
  it('are the softmax of the parameters, and weigh operations', () => {
    expectClose(p, [0.323554, 0.239694, 0.436752]);
    expect(sum([3, 1, -1].map((o, at) => o * (p[at] as number)))).toBeCloseTo(0.773604, 6);
    expectClose(softmax([1000, 1000]), [0.5, 0.5]);
    expect(entropy([0.5, 0.5, 0])).toBeCloseTo(Math.log(2), 12);
    expect(argMax([1, 3, 3])).toBe(1);
  });

  it('are what draws come up as', () => {
    const n = 20_000;
    const counts = [0, 0, 0];
    const source = rng(1);
    for (let i = 0; i < n; i++) counts[draw(p, source)]!++;
    counts.forEach((count, at) => {
      const expected = p[at] as number;
      const deviation = Math.sqrt((expected * (1 - expected)) / n);
      expect(Math.abs(count / n - expected)).toBeLessThan(3 * deviation);
    });
  });

  it('give pairs of two, without replacement, of which one runs by the two alone', () => {
    const n = 20_000;
    const source = rng(2);
    const seen = new Map<string, number>();
    for (let i = 0; i < n; i++) {
      const { active, other } = drawPair(alpha, source);
      expect(active).not.toBe(other);
      seen.set(`${active} ${other}`, (seen.get(`${active} ${other}`) ?? 0) + 1);
    }
    const share = (a: number, b: number): number => {
      const [pa, pb] = [p[a] as number, p[b] as number];
      return (pa * pb) / (1 - pa) + (pb * pa) / (1 - pb);
    };
    for (const [a, b] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const) {
      const [forth, back] = [seen.get(`${a} ${b}`) ?? 0, seen.get(`${b} ${a}`) ?? 0];
      const expected = share(a, b);
      expect(Math.abs((forth + back) / n - expected)).toBeLessThan(
        3 * Math.sqrt((expected * (1 - expected)) / n),
      );
      const [q] = softmax([alpha[a]!, alpha[b]!]) as [number, number];
      expect(Math.abs(forth / (forth + back) - q)).toBeLessThan(
        3 * Math.sqrt((q * (1 - q)) / (forth + back)),
      );
    }
  });

  it('give a pair even where all but one have underflowed', () => {
    const { active, other } = drawPair([0, -2000, -2000], rng(3));
    expect(active).toBe(0);
    expect([1, 2]).toContain(other);
  });
});

describe('gradients of gates', () => {
  it('become those of the parameters', () => {
    const all = alphaGradient(p, [1, -2, 0.5]);
    expectClose(all, [0.3033184, -0.4943796, 0.1910612], 7);
    expect(sum(all)).toBeCloseTo(0, 12);
    const q = softmax([0.2, 0.5]);
    expectClose(q, [0.425557, 0.574443]);
    expectClose(alphaGradient(q, [1, 0.5]), [0.122229, -0.122229]);
  });

  it('are those the engine derives from Σ G·softmax(α)', async () => {
    const graph = new Graph();
    const a = graph.input('alpha', plain([1, 3]));
    const gates = graph.constant(Float32Array.of(1, -2, 0.5), [1, 3]);
    const [derived] = gradient(sumAll(mul(softmaxOp(a), gates)), [a]);
    graph.output('gradient', derived!);
    const model = writeModel(graph, { lowering: portableLowerings.known });
    const session = await Session.create(model, { threads: 1, optimization: 'none' });
    const results = await session.run({ alpha: { data: Float32Array.from(alpha), dims: [1, 3] } });
    await session.release();
    expectClose([...(results['gradient']?.data as Float32Array)], alphaGradient(p, [1, -2, 0.5]));
  });

  it('are unbiased for a loss that is linear in what an edge computes', () => {
    // L = c·m: ∂L/∂g_j = c·o_j whichever gate is open, so the mean over gates is the gradient of E[L].
    const outputs = [3, 1, -1];
    const gates = outputs.map((o) => 2 * o);
    const mean = [0, 1, 2].map((i) =>
      sum(p.map((probability) => probability * (alphaGradient(p, gates)[i] as number))),
    );
    const expected = (a: readonly number[]): number =>
      2 * sum(softmax(a).map((probability, at) => probability * (outputs[at] as number)));
    const step = 1e-6;
    const numeric = alpha.map((_, i) => {
      const moved = (by: number) => alpha.map((it, at) => (at === i ? it + by : it));
      return (expected(moved(step)) - expected(moved(-step))) / (2 * step);
    });
    expectClose(mean, numeric);
  });

  it('leave every other path as likely as it was, after rescaling', () => {
    const [a, c] = rescaled([0.163331, 0.536669], [0.2, 0.5]) as [number, number];
    expectClose([a, c], [0.157217, 0.530554], 5);
    const after = softmax([a, -0.1, c]);
    expectClose(after, [0.310003, 0.239694, 0.450302], 5);
    expect(after[1]).toBeCloseTo(p[1] as number, 12);
    expect(after[0]! + after[2]!).toBeCloseTo(p[0]! + p[2]!, 12);
  });
});

describe('losses of accuracy and cost', () => {
  const reference = 80;
  it('are those of the paper and of its code', () => {
    const logarithmic = { form: 'mul#log', factor: 0.2, power: 0.3, reference } as const;
    const linear = { form: 'add#linear', weight: 0.1, reference } as const;
    for (const [cost, product, total] of [
      [60, 0.391934, 1.975],
      [80, 0.4, 2],
      [100, 0.406005, 2.025],
      [160, 0.418016, 2.1],
    ] as const) {
      expect(combineLoss(logarithmic, 2, cost).value).toBeCloseTo(product, 6);
      expect(combineLoss(linear, 2, cost).value).toBeCloseTo(total, 12);
    }
    expect(combineLoss({ form: 'none' }, 2, 60)).toEqual({
      value: 2,
      perCrossEntropy: 1,
      perCost: 0,
    });
  });

  it('have the slopes they say', () => {
    const step = 1e-5;
    for (const loss of [
      { form: 'mul#log', factor: 0.2, power: 0.3, reference },
      { form: 'add#linear', weight: 0.1, reference },
    ] as const) {
      const { perCrossEntropy, perCost } = combineLoss(loss, 2, 60);
      const slope = (ce: number, cost: number): number =>
        (combineLoss(loss, 2 + ce, 60 + cost).value - combineLoss(loss, 2 - ce, 60 - cost).value) /
        (2 * step);
      expect(perCrossEntropy).toBeCloseTo(slope(step, 0), 8);
      expect(perCost).toBeCloseTo(slope(0, step), 8);
    }
  });

  it('expect costs, with a gradient that sums to 0', () => {
    const costs = { fixed: 0, candidates: [[5, 10, 0]] };
    expect(expectedCost(costs, [p])).toBeCloseTo(4.014713, 6);
    expectClose(alphaGradient(p, [5, 10, 0]), [0.318793, 1.43464, -1.753433]);
  });

  it('refuse logarithms of costs below 1', () => {
    const settings = { ...proxylessNasPresets.cpu, latencyLoss: 'mul#log' } as const;
    expect(() => costLossOf(settings, { fixed: 0.5, candidates: [[0.1, 3]] })).toThrow(/over 1/);
    expect(costLossOf(settings, { fixed: 2, candidates: [[1, 3]] })).toMatchObject({
      reference: 4,
    });
  });
});

describe('rewards', () => {
  it('trade accuracy for cost', () => {
    for (const [cost, expected] of [
      [40, 0.80383],
      [80, 0.75],
      [160, 0.699775],
    ] as const) {
      expect(reward(0.75, cost, 80, 0.1)).toBeCloseTo(expected, 6);
    }
    expect(nextBaseline(0.5, 0.7)).toBeCloseTo(0.698, 12);
  });

  it('raise the likelihood of what was better than the baseline', () => {
    const [own] = reinforceGradient([p], [{ path: [2], reward: 1 }], 0.25) as [number[]];
    expectClose(own, [0.75 * p[0]!, 0.75 * p[1]!, -0.75 * (1 - p[2]!)], 12);
  });
});

describe('sparse Adam', () => {
  it('steps by the learning rate at first, and leaves scalars without a gradient bit for bit', () => {
    const state: SparseAdamState = {
      alpha: Float32Array.of(0.5, 0.25, -1),
      firstMoment: new Float32Array(3),
      secondMoment: Float32Array.of(0, 0.125, 0),
      steps: Float32Array.of(0, 3, 0),
    };
    const next = sparseAdam(state, [3, null, -0.01], 0.1);
    expectClose([...next.alpha], [0.4, 0.25, -0.9], 5);
    expect([...next.steps]).toEqual([1, 3, 1]);
    expect(next.secondMoment[1]).toBe(0.125);
    expect(state.alpha[0]).toBe(0.5);
  });
});

/** Edges without weights: one that cannot be left out, one that can. */
const edges = searchEdges(tinyPathSpace).filter(({ candidates }) => candidates.length > 1);
const { offsets, total } = candidateOffsets(edges);
const start = (): SparseAdamState => ({
  alpha: Float32Array.from({ length: total }, (_, at) => 0.1 * Math.sin(at)),
  firstMoment: new Float32Array(total),
  secondMoment: new Float32Array(total),
  steps: new Float32Array(total),
});
const costs = {
  fixed: 1,
  candidates: edges.map(({ candidates }) =>
    candidates.map((it, at) => (it === 'zero' ? 0 : 3 + ((5 * at + 2) % 4))),
  ),
};
const rules: ArchitectureRules = {
  edges,
  costs,
  loss: { form: 'add#linear', weight: 1, reference: 5 },
  learningRate: 0.02,
};
const pairOf = (edge: Edge, source: ReturnType<typeof rng>) =>
  drawPair(
    edge.candidates.map(() => 0),
    source,
  );

describe('an architecture step', () => {
  const probabilities = (state: SparseAdamState, edge: number): number[] => {
    const first = offsets[edge] as number;
    return softmax([...state.alpha.subarray(first, first + edges[edge]!.candidates.length)]);
  };

  it('of two paths leaves all others as likely as they were', () => {
    const source = rng(4);
    let state = start();
    for (let step = 0; step < 50; step++) {
      const pairs = edges.map((edge) => pairOf(edge, source));
      const gates = pairs.map(({ active, other }) => ({
        candidates: [active, other],
        gradients: [source.normal(), source.normal()],
      }));
      const active = pairs.map((it) => it.active);
      const next = gradientStep(rules, state, active, { crossEntropy: 1, gates }).state;
      edges.forEach(({ candidates }, edge) => {
        const [before, after] = [probabilities(state, edge), probabilities(next, edge)];
        const pair = pairs[edge]!;
        const isZero = candidates[pair.active] === 'zero';
        candidates.forEach((_, at) => {
          const moved = !isZero && (at === pair.active || at === pair.other);
          if (!moved) expect(Math.abs(after[at]! - before[at]!)).toBeLessThan(1e-7);
          else expect(after[at]).not.toBe(before[at]);
        });
      });
      state = next;
    }
  });

  it('by cost alone ends at the cheapest operation of every edge', () => {
    for (const mode of ['two', 'all'] as const) {
      const source = rng(5);
      let state = start();
      for (let step = 0; step < 3000; step++) {
        const drawn = edges.map((edge, at) => {
          const all = edge.candidates.map((_, index) => index);
          const own = [...state.alpha.subarray(offsets[at], offsets[at]! + all.length)];
          if (mode === 'all') return { candidates: all, active: draw(softmax(own), source) };
          const { active, other } = drawPair(own, source);
          return { candidates: [active, other], active };
        });
        const gates = drawn.map(({ candidates }) => ({
          candidates,
          gradients: candidates.map(() => 0),
        }));
        const active = drawn.map((it) => it.active);
        state = gradientStep(rules, state, active, { crossEntropy: 1, gates }).state;
      }
      edges.forEach(({ candidates }, edge) => {
        const own = [...state.alpha.subarray(offsets[edge], offsets[edge]! + candidates.length)];
        // Once only `zero` is drawn the edge no longer moves, so it must be the likeliest, not certain.
        const cheapest = costs.candidates[edge]!.indexOf(Math.min(...costs.candidates[edge]!));
        expect(argMax(own)).toBe(cheapest);
      });
    }
  });

  it('by accuracy alone ends at an operation that is always better', () => {
    const source = rng(6);
    const open = edges.filter((it) => !it.candidates.includes('zero'));
    const better = 2;
    const flat = { ...rules, edges: open, loss: { form: 'none' } as const };
    const size = candidateOffsets(open).total;
    let state: SparseAdamState = {
      alpha: new Float32Array(size),
      firstMoment: new Float32Array(size),
      secondMoment: new Float32Array(size),
      steps: new Float32Array(size),
    };
    for (let step = 0; step < 1500; step++) {
      const pairs = open.map((edge, at) => {
        const first = candidateOffsets(open).offsets[at] as number;
        return drawPair([...state.alpha.subarray(first, first + edge.candidates.length)], source);
      });
      const gates = pairs.map(({ active, other }) => ({
        candidates: [active, other],
        gradients: [active, other].map((at) => (at === better ? -1 : 0)),
      }));
      const active = pairs.map((it) => it.active);
      state = gradientStep(flat, state, active, { crossEntropy: 1, gates }).state;
    }
    expect(argMax([...state.alpha.subarray(0, open[0]!.candidates.length)])).toBe(better);
  });

  it('by rewards prefers what was rewarded, edges of one candidate aside', () => {
    const samples = [
      { path: edges.map(() => 0), reward: 1 },
      { path: edges.map(() => 1), reward: 0 },
    ];
    const { state, baseline, meanReward } = reinforceStep(rules, start(), samples, null);
    expect(meanReward).toBe(0.5);
    expect(baseline).toBe(0.5);
    edges.forEach((_, edge) => {
      expect(state.alpha[offsets[edge]!]).toBeGreaterThan(start().alpha[offsets[edge]!]!);
      expect(state.alpha[offsets[edge]! + 1]).toBeLessThan(start().alpha[offsets[edge]! + 1]!);
    });
  });
});

describe('paths', () => {
  const space = searchSpaces['proxyless-nas'];
  const all = searchEdges(space);

  it('of the ImageNet space are 21 positions, 15 of which may be left out', () => {
    const open = all.filter(({ candidates }) => candidates.length > 1);
    expect(open.map(({ candidates }) => candidates.length).sort()).toEqual([
      ...Array<number>(6).fill(6),
      ...Array<number>(15).fill(7),
    ]);
    const count = open.reduce((product, { candidates }) => product * candidates.length, 1);
    expect(count).toBeCloseTo(2.215e17, -15);
    for (const { block, candidates } of all) expect(candidates.includes('zero')).toBe(block > 0);
  });

  it('cost what their networks cost', () => {
    const costOf = (architecture: Parameters<typeof macs>[1]) => macs(space, architecture);
    const table = pathCosts(space, all, costOf);
    const source = rng(7);
    for (let i = 0; i < 20; i++) {
      const path = all.map(({ candidates }) => source.int(candidates.length));
      expect(pathCost(table, path) / costOf(architectureOf(space, all, path))).toBeCloseTo(1, 9);
    }
  });

  it('are refused where a space leaves anything else open', () => {
    const other = searchSpaces['mbconv-fashion-mnist-v1'];
    expect(() => searchEdges(other)).toThrow(/resolution/);
    expect(() => searchEdges({ ...space, perBlock: ['kernel'] })).toThrow(/expansion/);
    const stages = space.stages.map((stage) => ({ ...stage, depth: [1, stage.depth.at(-1)!] }));
    expect(() =>
      searchEdges({
        ...space,
        stages: stages.map((it) => ({ ...it, depth: [...new Set(it.depth)] })),
      }),
    ).toThrow(/consecutive/);
    expect(sample(space, rng(8)).stages).toHaveLength(7);
  });
});

describe('the schedule', () => {
  it('has no architecture steps in the warm-up and the first epoch of the search', () => {
    const schedule = scheduleOf(
      { warmUpEpochs: 1, searchEpochs: 3, trainingEpochs: 2, architectureEvery: 5 },
      { search: 12, training: 20 },
    );
    expect(schedule).toMatchObject({ warmUp: 12, search: 36, training: 40 });
    const steps = Array.from({ length: 60 }, (_, step) => architectureStepAt(step, schedule));
    expect(steps.flatMap((number, step) => (number === null ? [] : [[step, number]]))).toEqual([
      [24, 0],
      [29, 1],
      [34, 2],
      [36, 3],
      [41, 4],
      [46, 5],
    ]);
  });
});
