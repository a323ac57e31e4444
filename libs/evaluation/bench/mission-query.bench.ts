/**
 * @file "The best network under X ms on H", 6 devices × limits at the 10, 25 and 50 percentiles × 20 seeds on public tables: how far
 * the answers are from the best that fits, and whether any is over its limit. Training and measuring are look-ups without noise.
 */
import { rng } from '@sextant/common';
import { withoutTables } from '@sextant/common/testing';
import { meanInterval, quantile } from '@sextant/statistics';
import { openMission, type MissionCandidate, type MissionOptions } from '../src/mission';
import { casesOf, devices, readTables, type Case, type DatasetTables } from './mission-tables';

const [seeds, trainings, measurements] = [20, 25, 100];
const key = 'latencyMs';

interface Answer {
  readonly regret: number;
  /** In the accuracy that trainings report, which is all that a mission sees. */
  readonly validationRegret: number;
  readonly isViolation: boolean;
  readonly measurements: number;
  readonly trainings: number;
}

interface Variant {
  readonly options?: Partial<MissionOptions>;
  readonly candidate?: (candidate: MissionCandidate) => MissionCandidate;
}

/** What is taken from the method to see what it was worth. */
const variants = {
  proxiesOnly: { options: { firstTrainings: trainings } },
  proxiesOnlyFiftyAtRandom: { options: { firstTrainings: trainings, firstMeasurements: 50 } },
  fourProxiesAndChoices: {
    candidate: (it) => ({ ...it, accuracyFeatures: it.accuracyFeatures.slice(0, 30) }),
  },
  noProxies: {
    candidate: (it) => ({
      ...it,
      proxies: [],
      accuracyFeatures: it.accuracyFeatures.slice(0, 30),
    }),
  },
} satisfies Readonly<Record<string, Variant>>;

/** Best accuracies among what truly fits. */
function bestOf({ networks, device, limitMs }: Case, tables: DatasetTables) {
  const fitting = networks.filter(({ index }) => tables.latency[device][index]! <= limitMs);
  return {
    fitting,
    test: Math.max(...fitting.map(({ index }) => tables.test[index]!)),
    validation: Math.max(...fitting.map(({ index }) => tables.validation[index]!)),
  };
}

function ask(
  it: Case,
  tables: DatasetTables,
  best: ReturnType<typeof bestOf>,
  seed: number,
  { options, candidate = (same) => same }: Variant,
): Answer {
  const mission = openMission(
    {
      candidates: it.networks.map((network) => candidate(network.candidate)),
      limits: { [key]: it.limitMs },
    },
    { seed, trainings, measurements, ...options },
  );
  for (let step = mission.next(); ; step = mission.next()) {
    if (step.kind === 'measure') {
      mission.tellMeasured(step.id, { [key]: tables.latency[it.device][Number(step.id)]! });
    } else if (step.kind === 'train') {
      mission.tellTrained(step.id, tables.validation[Number(step.id)]!);
    } else {
      const { outcome } = step;
      // With no answer the whole of the best accuracy is lost.
      const index = outcome.feasible ? Number(outcome.answer.id) : null;
      return {
        regret: best.test - (index === null ? 0 : tables.test[index]!),
        validationRegret: best.validation - (index === null ? 0 : tables.validation[index]!),
        isViolation: index !== null && tables.latency[it.device][index]! > it.limitMs,
        measurements: outcome.measurements,
        trainings: outcome.trainings,
      };
    }
  }
}

/** Trains as many of the truly fitting at random; answers the best of them. */
function askAtRandom(
  _case: Case,
  tables: DatasetTables,
  { fitting, test, validation }: ReturnType<typeof bestOf>,
  seed: number,
): Answer {
  const drawn = rng(seed, 'random-feasible').shuffle(fitting).slice(0, trainings);
  const { index } = drawn.reduce((a, b) =>
    tables.validation[b.index]! > tables.validation[a.index]! ? b : a,
  );
  return {
    regret: test - tables.test[index]!,
    validationRegret: validation - tables.validation[index]!,
    isViolation: false,
    measurements: 0,
    trainings,
  };
}

type Ask = (
  it: Case,
  tables: DatasetTables,
  best: ReturnType<typeof bestOf>,
  seed: number,
) => Answer;

const round = (value: number): number => Number(value.toFixed(4));
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Intervals are over seeds: each seed's mean over the cases is one observation. */
function summary(bySeed: readonly (readonly Answer[])[]) {
  const all = bySeed.flat();
  const over = (value: (answer: Answer) => number) => {
    const interval = meanInterval(bySeed.map((answers) => mean(answers.map(value))));
    return [interval.lower, interval.upper].map(round);
  };
  const regrets = Float64Array.from(all, ({ regret }) => regret).sort();
  return {
    n: all.length,
    violations: all.filter(({ isViolation }) => isViolation).length,
    meanRegret: round(mean([...regrets])),
    meanRegret95: over(({ regret }) => regret),
    medianRegret: round(quantile(regrets, 0.5)),
    p95Regret: round(quantile(regrets, 0.95)),
    meanValidationRegret: round(mean(all.map(({ validationRegret }) => validationRegret))),
    meanValidationRegret95: over(({ validationRegret }) => validationRegret),
    measurements: round(mean(all.map((answer) => answer.measurements))),
    maxMeasurements: Math.max(...all.map((answer) => answer.measurements)),
    trainings: round(mean(all.map((answer) => answer.trainings))),
  };
}

function answersBySeed(cases: readonly Case[], tables: DatasetTables, count: number, how: Ask) {
  const bests = cases.map((it) => bestOf(it, tables));
  return Array.from({ length: count }, (_, seed) =>
    cases.map((it, at) => how(it, tables, bests[at]!, seed)),
  );
}

const ours =
  (variant: Variant): Ask =>
  (it, tables, best, seed) =>
    ask(it, tables, best, seed, variant);

/** Regret of training everything that fits and believing the one validation run there is of each. */
const trainEverything = (cases: readonly Case[], tables: DatasetTables): number =>
  mean(
    cases.map((it) => {
      const { fitting, test } = bestOf(it, tables);
      const { index } = fitting.reduce((a, b) =>
        tables.validation[b.index]! > tables.validation[a.index]! ? b : a,
      );
      return test - tables.test[index]!;
    }),
  );

export function run() {
  const missing = withoutTables(
    'nasbench201/nb201.csv.gz',
    'zero_cost/nb201_cifar10_9445.csv.gz',
    'hw_nas_bench/nb201_cifar10.csv.gz',
    'hw_nas_bench/nb201_cifar100.csv.gz',
  );
  if (missing) return { skipped: missing.trim() };
  const tables = readTables('cifar10');
  const cases = casesOf(tables);
  const bySeed = answersBySeed(cases, tables, seeds, ours({}));
  const random = summary(answersBySeed(cases, tables, seeds, askAtRandom));
  const total = summary(bySeed);
  const hundred = readTables('cifar100');
  const hundredCases = casesOf(hundred);
  const tuningSeeds = 5;
  return {
    ...total,
    randomFeasibleRegret: random.meanRegret,
    randomFeasibleRegret95: random.meanRegret95,
    randomFeasibleP95: random.p95Regret,
    randomFeasibleValidationRegret: random.meanValidationRegret,
    trainEverythingRegret: round(trainEverything(cases, tables)),
    seeds,
    networks: tables.networks.length,
    dropped: Object.fromEntries(cases.map((it) => [it.device, it.droppedRows])),
    perDevice: Object.fromEntries(
      devices.map((device) => [
        device,
        summary(bySeed.map((answers) => answers.filter((_, at) => cases[at]!.device === device))),
      ]),
    ),
    ablations: Object.fromEntries(
      Object.entries<Variant>(variants).map(([name, variant]) => [
        name,
        summary(answersBySeed(cases, tables, seeds, ours(variant))),
      ]),
    ),
    chosenOnCifar100: {
      ours: summary(answersBySeed(hundredCases, hundred, tuningSeeds, ours({}))),
      proxiesOnly: summary(
        answersBySeed(hundredCases, hundred, tuningSeeds, ours(variants.proxiesOnly)),
      ),
      randomFeasible: summary(answersBySeed(hundredCases, hundred, tuningSeeds, askAtRandom)),
    },
  };
}
