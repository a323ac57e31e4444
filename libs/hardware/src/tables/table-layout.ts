/** @file Which column of a table is what: told by the caller, or recognised by the names that published tables use. */
import { ValidationError } from '@sextant/common';
import { HardwareMetric, type HardwareKeyKind } from '@sextant/contracts';

export interface TableRequest {
  /** Id of the profile; tables of many devices name a column after each. */
  readonly profile: string;
  readonly keys: HardwareKeyKind;
  readonly space: string | null;
  /** Column of the keys. */
  readonly keyColumn?: string | undefined;
  /** Column of each metric. */
  readonly columns?: Readonly<Partial<Record<HardwareMetric, string | undefined>>>;
}

export interface MetricColumn {
  readonly metric: HardwareMetric;
  readonly column: string;
  /** Columns that say more of it, where the table has them. */
  readonly p10: string | null;
  readonly p90: string | null;
  readonly n: string | null;
}

export interface TableLayout {
  readonly key: string;
  readonly metrics: readonly MetricColumn[];
}

const keyColumns = ['idx', 'index', 'architecture', 'arch', 'cell', 'block', 'key'];

/** Names of a metric's column, likeliest first. */
const spellings: Readonly<Record<HardwareMetric, (device: string) => readonly string[]>> = {
  latencyMs: (device) => [
    'latencyMs',
    'latency_ms',
    `${device}_latency`,
    `${device}_latency_ms`,
    `lat_ms_${device}`,
    'latency_ms_mean',
    'latency',
    'value',
  ],
  energyMj: (device) => ['energyMj', 'energy_mj', `${device}_energy`, 'energy'],
  memoryBytes: (device) => ['memoryBytes', 'memory_bytes', `${device}_memory_bytes`],
};

const listed = (columns: readonly string[]): string =>
  columns.slice(0, 30).join(', ') + (columns.length > 30 ? ', …' : '');

/**
 * @throws {ValidationError} a column that was named is not there, or none is recognised; the message lists what there is
 */
export function settleLayout(header: readonly string[], request: TableRequest): TableLayout {
  const key = requireColumn(header, request.keyColumn, keyColumns, '/key', 'the architectures');
  const named = request.columns ?? {};
  const isTold = HardwareMetric.options.some((metric) => named[metric] !== undefined);
  const device = request.profile.replaceAll('-', '_');
  const metrics = HardwareMetric.options.flatMap((metric): MetricColumn[] => {
    if (isTold && named[metric] === undefined) return [];
    const names = spellings[metric](device);
    const column = isTold
      ? requireColumn(header, named[metric], [], `/${metric}`, metric)
      : names.find((name) => header.includes(name));
    return column === undefined ? [] : [metricColumn(header, metric, column)];
  });
  // several columns that say the same of different devices are no choice of ours
  if (metrics.length > 0) {
    const only = metrics.length === 1;
    return { key, metrics: metrics.map((it) => (only ? withPlainSpread(header, it) : it)) };
  }
  const message = `no column is recognised as a measurement of "${request.profile}"; name one, as in latencyMs=COLUMN. Columns: ${listed(header)}`;
  throw new ValidationError(message, [{ pointer: '/latencyMs', message }]);
}

function requireColumn(
  header: readonly string[],
  named: string | undefined,
  usual: readonly string[],
  pointer: string,
  what: string,
): string {
  const column = named === undefined ? usual.find((name) => header.includes(name)) : named;
  if (column !== undefined && header.includes(column)) return column;
  const message =
    named === undefined
      ? `no column names ${what}; expected one of ${usual.join(', ')}. Columns: ${listed(header)}`
      : `there is no column "${named}". Columns: ${listed(header)}`;
  throw new ValidationError(message, [{ pointer, message }]);
}

const present = (header: readonly string[], names: readonly string[]): string | null =>
  names.find((name) => header.includes(name)) ?? null;

const metricColumn = (
  header: readonly string[],
  metric: HardwareMetric,
  column: string,
): MetricColumn => ({
  metric,
  column,
  p10: present(header, [`${column}_p10`]),
  p90: present(header, [`${column}_p90`]),
  n: present(header, [`${column}_n`]),
});

/** In a table of one metric, `p10`, `p90` and `n` or `count` can only be of that metric. */
const withPlainSpread = (header: readonly string[], it: MetricColumn): MetricColumn => ({
  ...it,
  p10: it.p10 ?? present(header, ['p10']),
  p90: it.p90 ?? present(header, ['p90']),
  n: it.n ?? present(header, ['n', 'count']),
});
