/** @file How well each score and prediction orders the labelled architectures: baselines first, sign kept. */
import { InsufficientDataError, rng } from '@sextant/common';
import type {
  FittedPredictor,
  LabelSplit,
  ReportEntry,
  ReportPayload,
  ReportResult,
  ScoreRow,
} from '@sextant/contracts';
import {
  bootstrapInterval,
  kendallTauB,
  precisionAt,
  spearman,
  tauInTop,
  topCount,
} from '@sextant/statistics';
import { directionOf } from '../zero-cost/require-scorable';
import type { ScoredTable } from './scored-table';

/** Something that orders architectures; null: it has no value for one, which then ranks last. */
interface Series {
  readonly kind: ReportEntry['kind'];
  readonly name: string;
  readonly values: ReportEntry['values'];
  valueOf(row: ScoreRow): number | null;
}

/** Above so many labels an interval is narrow, and each resample dear. */
const manyLabels = 1000;
const fewResamples = 200;
const leastLabels = 3;
const topFraction = 0.1;
const ks = [10, 50, 100];

/**
 * Every baseline, proxy, the ranking and every predictor against the labels of each split. A proxy that is better when smaller
 * is turned round, so that a value above 0 always means: as declared. Of `test`, architectures that predictors have
 * learnt from are left out, for all alike; predictors are compared with `train` by predictions that had not seen the label.
 * @throws {InsufficientDataError} fewer than three scored architectures have labels
 */
export function reportCorrelations(
  table: ScoredTable,
  fitted: readonly FittedPredictor[],
  payload: ReportPayload,
): ReportResult {
  const trained = new Set(table.train.map(({ id }) => id));
  const splits = {
    train: accuracies(table.train),
    test: accuracies(table.test.filter(({ id }) => !trained.has(id))),
  };
  const entries = (['train', 'test'] as const).flatMap((split) =>
    entriesOf(table, fitted, split, splits[split], payload),
  );
  if (entries.length === 0) {
    throw new InsufficientDataError(
      `a report needs ${leastLabels} labelled architectures that are scored, and not all alike`,
    );
  }
  return {
    labels: { train: splits.train.size, test: splits.test.size },
    scored: table.rows.length,
    resamples: payload.resamples,
    seed: payload.seed,
    entries,
  };
}

const accuracies = (rows: ScoredTable['train']): ReadonlyMap<string, number> =>
  new Map(rows.map(({ id, accuracy }) => [id, accuracy]));

function entriesOf(
  table: ScoredTable,
  fitted: readonly FittedPredictor[],
  split: LabelSplit,
  labels: ReadonlyMap<string, number>,
  payload: ReportPayload,
): ReportEntry[] {
  const rows = table.rows.filter(({ id }) => labels.has(id));
  const truth = Float64Array.from(rows, ({ id }) => labels.get(id)!);
  if (rows.length < leastLabels || truth.every((value) => value === truth[0])) return [];
  return seriesOf(table, fitted, split).flatMap((series) => {
    const values = rows.map((row) => series.valueOf(row));
    if (series.kind === 'predictor' && values.some((value) => value === null)) return [];
    return [entryOf(series, split, values, truth, payload)];
  });
}

function seriesOf(
  { spec }: ScoredTable,
  fitted: readonly FittedPredictor[],
  split: LabelSplit,
): Series[] {
  const { proxies, ranking } = spec.method.options;
  const computed = 'computed' as const;
  return [
    { kind: 'baseline', name: 'params', values: computed, valueOf: (row) => row.paramCount },
    { kind: 'baseline', name: 'macs', values: computed, valueOf: (row) => row.macs },
    ...proxies.map((name, at): Series => {
      const sign = directionOf(name) === 'maximize' ? 1 : -1;
      const valueOf = ({ scores }: ScoreRow): number | null => {
        const score = scores[at] ?? null;
        return score === null ? null : sign * score;
      };
      return { kind: 'proxy', name, values: computed, valueOf };
    }),
    { kind: 'ranking', name: ranking.by, values: computed, valueOf: ({ score }) => score },
    ...fitted.map((it) => predictorSeries(it, split)),
  ];
}

function predictorSeries(
  { number, name, picked, predictions }: FittedPredictor,
  split: LabelSplit,
): Series {
  const isTrain = split === 'train';
  const byId = new Map(
    predictions.map(({ id, value, heldOut }) => [id, isTrain ? heldOut : value]),
  );
  return {
    kind: 'predictor',
    name: `${number} ${name === picked ? name : `${name} (${picked})`}`,
    values: isTrain ? 'cross-validated' : 'held-out',
    valueOf: ({ id }) => byId.get(id) ?? null,
  };
}

function entryOf(
  { kind, name, values: how }: Series,
  split: LabelSplit,
  values: readonly (number | null)[],
  truth: Float64Array,
  { seed, resamples: most }: ReportPayload,
): ReportEntry {
  const x = Float64Array.from(values, (value) => value ?? -Infinity);
  const n = x.length;
  const resamples = n > manyLabels ? Math.min(most, fewResamples) : most;
  const interval = (statistic: typeof kendallTauB): ReportEntry['kendallTauB'] => {
    const options = { rng: rng(seed, 'report'), resamples };
    if (Number.isNaN(statistic(x, truth))) return null;
    const { value, lower, upper } = bootstrapInterval(statistic, { x, y: truth }, options);
    return { value, lower, upper };
  };
  return {
    kind,
    name,
    split,
    values: how,
    n,
    failed: values.filter((value) => value === null).length,
    resamples,
    kendallTauB: interval(kendallTauB),
    spearman: interval(spearman),
    tauTop10: top(x, truth),
    precisionAt: ks
      .filter((k) => 2 * k <= n)
      .map((k) => ({ k, precision: precisionAt(x, truth, k) })),
  };
}

/** Null where a tenth of the labels is fewer than two, or all alike. */
function top(x: Float64Array, truth: Float64Array): number | null {
  if (topCount(truth.length, topFraction) < 2) return null;
  const tau = tauInTop(x, truth, topFraction);
  return Number.isNaN(tau) ? null : tau;
}
