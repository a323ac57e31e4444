import { ConflictError, NonFiniteError, rng, ValidationError } from '@sextant/common';
import { describe, expect, it } from 'vitest';
import { accuracyModel } from './accuracy-model';
import { costModel } from './cost-model';
import {
  openMission,
  rankScores,
  runMission,
  type Mission,
  type MissionCandidate,
  type MissionOptions,
  type MissionProblem,
} from '.';

const key = 'latencyMs@desk';

/** 400 networks of six choices; latency adds up with an interaction, accuracy follows size, a noisy proxy follows accuracy. */
const draw = rng(11);
const networks = Array.from({ length: 400 }, (_, at) => {
  const choices = Array.from({ length: 6 }, () => draw.int(4));
  const size = choices.reduce((sum, value, place) => sum + value * (place + 1), 0);
  const latency = 1 + size / 10 + (choices[0] === 3 && choices[5] === 3 ? 2 : 0);
  const accuracy = 60 + size / 3 - 2 * choices[2]! + draw.normal();
  const oneHot = choices.flatMap((value) => [0, 1, 2, 3].map((it) => Number(it === value)));
  const candidate: MissionCandidate = {
    id: `net-${at}`,
    proxies: [accuracy + 3 * draw.normal(), at === 7 ? NaN : size],
    accuracyFeatures: oneHot,
    costFeatures: oneHot,
  };
  return { candidate, latency, accuracy };
});
const byId = new Map(networks.map((network) => [network.candidate.id, network]));
const problem = (limit: number): MissionProblem => ({
  candidates: networks.map(({ candidate }) => candidate),
  limits: { [key]: limit },
});
const ports = {
  accuracyOf: (id: string) => Promise.resolve(byId.get(id)!.accuracy),
  measure: (id: string) => Promise.resolve({ [key]: byId.get(id)!.latency }),
};
const bestUnder = (limit: number) =>
  Math.max(...networks.filter(({ latency }) => latency <= limit).map(({ accuracy }) => accuracy));

/** Takes up to `steps` steps; what was done, as text. */
function drive(mission: Mission, steps: number): string[] {
  const done: string[] = [];
  while (done.length < steps) {
    const step = mission.next();
    if (step.kind === 'done') return [...done, JSON.stringify(step.outcome)];
    const { latency, accuracy } = byId.get(step.id)!;
    if (step.kind === 'train') mission.tellTrained(step.id, accuracy);
    else mission.tellMeasured(step.id, { [key]: latency });
    done.push(`${step.kind} ${step.id}`);
  }
  return done;
}

describe('a mission', () => {
  it.each([2.2, 3.5, 6])(
    'answers within %d ms, near the best that fits, inside both budgets',
    async (limit) => {
      const regrets: number[] = [];
      for (let seed = 0; seed < 6; seed++) {
        const outcome = await runMission(problem(limit), { seed }, ports);
        if (!outcome.feasible) throw new ConflictError('feasible limits were called infeasible');
        const { answer, ranking, trainings, measurements } = outcome;
        for (const { id, costs } of ranking) {
          expect(byId.get(id)!.latency).toBeLessThanOrEqual(limit);
          expect(costs).toEqual({ [key]: byId.get(id)!.latency });
        }
        expect(ranking[0]).toEqual(answer);
        expect(answer.accuracy).toBe(Math.max(...ranking.map(({ accuracy }) => accuracy)));
        const fitting = networks.filter(({ latency }) => latency <= limit).length;
        expect(trainings).toBe(Math.min(25, fitting));
        expect(measurements).toBeLessThanOrEqual(100);
        expect(outcome.fittingExpected).toBeGreaterThanOrEqual(outcome.fittingMeasured);
        regrets.push(bestUnder(limit) - answer.accuracy);
      }
      expect(regrets.reduce((sum, it) => sum + it, 0) / regrets.length).toBeLessThan(1);
    },
  );

  it('goes on from any point of its history with the very same steps', () => {
    const options = { seed: 5, trainings: 12, measurements: 70 };
    const whole = drive(openMission(problem(3.5), options), 1000);
    for (const at of [1, 17, 41, 44, 52, 60]) {
      const first = openMission(problem(3.5), options);
      const before = drive(first, at);
      const saved: unknown = JSON.parse(JSON.stringify(first.history()));
      const after = drive(openMission(problem(3.5), options, saved), 1000);
      expect([...before, ...after]).toEqual(whole);
    }
  });

  it('says infeasible, with the smallest cost it found, and trains nothing', async () => {
    const outcome = await runMission(problem(0.5), { seed: 1, measurements: 60 }, ports);
    expect(outcome).toMatchObject({ feasible: false, trainings: 0, measurements: 60 });
    const smallest = Math.min(...networks.map(({ latency }) => latency));
    // It looks where costs are predicted to be smallest, and so finds the smallest there is.
    expect(outcome).toMatchObject({ smallest: { [key]: smallest } });
  });

  it('finds the only network that fits', async () => {
    const sorted = networks.map(({ latency }) => latency).sort((a, b) => a - b);
    const limit = sorted[0]!;
    const outcome = await runMission(problem(limit), { seed: 1 }, ports);
    expect(outcome.feasible && outcome.answer.costs[key]).toBe(limit);
  });

  it('never trains what does not run, and keeps several limits at once', async () => {
    const limits = { [key]: 4, energyMj: 30 };
    const energy = (id: string) => 10 + 5 * (Number(id.slice(4)) % 7);
    const outcome = await runMission(
      { ...problem(4), limits },
      { seed: 2 },
      {
        ...ports,
        measure: (id) =>
          Promise.resolve(
            Number(id.slice(4)) % 5 === 0
              ? null
              : { [key]: byId.get(id)!.latency, energyMj: energy(id) },
          ),
      },
    );
    if (!outcome.feasible) throw new ConflictError('feasible limits were called infeasible');
    for (const { id, costs } of outcome.ranking) {
      expect(Number(id.slice(4)) % 5).not.toBe(0);
      expect(costs[key]).toBeLessThanOrEqual(4);
      expect(costs['energyMj']).toBeLessThanOrEqual(30);
    }
  });

  it('is infeasible without a smallest cost where nothing runs at all', async () => {
    const outcome = await runMission(
      problem(4),
      { seed: 1, measurements: 45 },
      {
        ...ports,
        measure: () => Promise.resolve(null),
      },
    );
    expect(outcome).toEqual({ feasible: false, smallest: {}, trainings: 0, measurements: 45 });
  });

  it('ends when all candidates are known', async () => {
    const few = { ...problem(3.5), candidates: problem(3.5).candidates.slice(0, 20) };
    const outcome = await runMission(few, { seed: 1, trainings: 500, measurements: 500 }, ports);
    const fitting = networks.slice(0, 20).filter(({ latency }) => latency <= 3.5);
    expect(outcome).toMatchObject({ measurements: 20, trainings: fitting.length });
    const none = await runMission({ ...few, candidates: [] }, { seed: 1 }, ports);
    expect(none).toEqual({ feasible: false, smallest: {}, trainings: 0, measurements: 0 });
  });

  it('refuses problems, options and news that make no sense', () => {
    const open = (change: Partial<MissionProblem>, options: Partial<MissionOptions> = {}) =>
      openMission({ ...problem(3), ...change }, { seed: 1, ...options });
    expect(() => open({ limits: {} })).toThrow(ValidationError);
    expect(() => open({ limits: { [key]: 0 } })).toThrow(/latencyMs@desk is 0/);
    const [first] = problem(3).candidates;
    expect(() => open({ candidates: [first!, first!] })).toThrow(/share an id/);
    expect(() => open({}, { trainings: 0 })).toThrow(ValidationError);
    const mission = open({});
    expect(() => mission.tellTrained('net-1', 1)).toThrow(/not measured to fit/);
    expect(() => mission.tellMeasured('net-1', {})).toThrow(NonFiniteError);
    expect(() => mission.tellMeasured('elsewhere', null)).toThrow(ConflictError);
    mission.tellMeasured('net-1', { [key]: 1 });
    expect(() => mission.tellMeasured('net-1', { [key]: 1 })).toThrow(/already/);
    mission.tellTrained('net-1', 70);
    expect(() => mission.tellTrained('net-1', 70)).toThrow(/already/);
  });
});

describe('rank scores', () => {
  it('order by value, average ties, and put what has no value last', () => {
    expect([...rankScores([3, NaN, 5, 3])]).toEqual([2.5 / 4, 1 / 4, 4 / 4, 2.5 / 4]);
  });
});

describe('the accuracy model', () => {
  it('is the proxies’ sum before anything is trained', () => {
    const model = accuracyModel([], [], 2);
    const [a, b] = [Float64Array.of(0.5, 0.9, 9), Float64Array.of(0.4, 0.9, 0)];
    expect(model.mean(a) - model.mean(b)).toBeCloseTo(4 * 0.1, 12);
  });

  it('equals the posterior worked out by hand for one feature', () => {
    // x̄ = 1, y standardised to −1, 1; w₀ = 0, τ² = 3, ν = .6: Σ = 1/(2/.6 + 1/3), w = Σ·2/.6.
    const model = accuracyModel([Float64Array.of(0), Float64Array.of(2)], [10, 30], 0);
    const covariance = 1 / (2 / 0.6 + 1 / 3);
    expect(model.mean(Float64Array.of(2))).toBeCloseTo((2 * covariance * 2) / 0.6, 9);
    expect(model.deviation(Float64Array.of(3))).toBeCloseTo(2 * Math.sqrt(covariance), 9);
    expect(model.deviation(Float64Array.of(1))).toBe(0);
  });
});

describe('the cost model', () => {
  const rows = Array.from({ length: 30 }, (_, at) => Float64Array.of(at % 6, Math.floor(at / 6)));
  const cost = (row: Float64Array) =>
    1 + 2 * row[0]! + row[1]! + 0.05 * Math.sin(7 * row[0]! + row[1]!);
  const measured = rows.map((features) => ({ features, costs: { [key]: cost(features) } }));

  it('is even at the limit and sure far from it', () => {
    const { fitProbability, relativeCost } = costModel(
      measured,
      [Float64Array.of(2, 1), Float64Array.of(0, 0), Float64Array.of(5, 4)],
      { [key]: 6 },
    );
    expect(Math.abs(fitProbability[0]! - 0.5)).toBeLessThan(0.4);
    expect(fitProbability[1]).toBeGreaterThan(0.999);
    expect(fitProbability[2]).toBeLessThan(0.001);
    expect(relativeCost[2]).toBeGreaterThan(2);
  });

  it('knows nothing from two measurements', () => {
    const { fitProbability } = costModel(measured.slice(0, 2), rows, { [key]: 6 });
    expect(new Set(fitProbability)).toEqual(new Set([0.5]));
  });
});
