/** @file Hardware profiles, imports, models and measurements as people read them. */
import type {
  AgentKeyView,
  HardwareModelView,
  HardwareProfileDetail,
  HardwareProfileView,
  HardwareVersionView,
  MeasurementRequestView,
  RecordedProfileCosts,
  TableReport,
} from '@sextant/contracts';
import type { Settled } from '../hardware/measuring-agent';
import { printable } from './inspection';
import { milliseconds, percent } from './numbers';
import { table, type Column } from './table';

const counted = (rows: HardwareVersionView['rows']): string =>
  Object.entries(rows)
    .map(([metric, count]) => `${count} ${metric}`)
    .join(', ') || 'none';

const errorOf = ({ models }: HardwareVersionView): string => {
  const model = models.find(({ metric }) => metric === 'latencyMs');
  return model ? percent(model.crossValidatedError.meanAbsolutePercentageError) : '–';
};

const profileColumns: readonly Column<HardwareProfileView>[] = [
  { title: 'id', align: 'left', cell: ({ id }) => id },
  { title: 'version', align: 'right', cell: ({ current }) => String(current.version) },
  { title: 'numbers', align: 'left', cell: ({ current }) => counted(current.rows) },
  { title: 'source', align: 'left', cell: ({ current }) => current.source },
  {
    title: 'device',
    align: 'left',
    cell: ({ current }) => printable(current.conditions.device),
  },
  {
    title: 'runtime',
    align: 'left',
    cell: ({ current }) => printable(current.conditions.runtime),
  },
  { title: 'model error', align: 'right', cell: ({ current }) => errorOf(current) },
];

export const profileTable = (profiles: readonly HardwareProfileView[]): string[] =>
  table(profileColumns, profiles);

export function tableReportLines({ rows, accepted, refused, suspicious }: TableReport): string[] {
  return [
    `${rows} rows; stored: ${counted(accepted)}`,
    ...refused.map(
      ({ metric, reason, count, lines, example }) =>
        `refused: ${count} × ${reason}${metric ? ` in ${metric}` : ''}, lines ${lines.join(', ')}` +
        `${count > lines.length ? ', …' : ''}${example ? ` (as "${printable(example)}")` : ''}`,
    ),
    ...suspicious.map(
      ({ metric, below, count, lines }) =>
        `stored, but look: ${count} × ${metric} below ${below.toPrecision(3)}, 1 % of the median, lines ${lines.join(', ')}` +
        (count > lines.length ? ', …' : ''),
    ),
  ];
}

export function modelLines(it: HardwareModelView): string[] {
  const { n, meanAbsolutePercentageError, within10Percent, kendallTau, coverage } =
    it.crossValidatedError;
  const known = it.knownDevices.length > 0 ? ` and ${it.knownDevices.join(', ')}` : '';
  return [
    `${it.metric}, version ${it.version}: ${it.kind}, fitted on ${it.rows} measurements${known}`,
    `  held out (n = ${n}): off by ${percent(meanAbsolutePercentageError)} on average, ` +
      `${percent(within10Percent)} within 10 %, Kendall τ ${kendallTau?.toFixed(3) ?? 'undefined'}; ` +
      `${percent(it.level)} intervals hold ${percent(coverage)}`,
    `  ${it.reason}`,
  ];
}

export const recordedLines = ({ version, recorded }: RecordedProfileCosts): string[] =>
  recorded.length === 0
    ? [`version ${version} holds no numbers yet`]
    : recorded.map(
        ({ cost, rows, sums, unknown }) =>
          `${cost}: ${rows} from rows of the table` +
          `${sums > 0 ? `, ${sums} predicted from its blocks` : ''}; ${unknown} candidates without` +
          ` (version ${version})`,
      );

function versionLines(version: HardwareVersionView): string[] {
  const { device, runtime, batch, threads, precision, measuredOn, origin } = version.conditions;
  return [
    `version ${version.version} (${version.source}${version.sealedAt ? '' : ', open'}): ${counted(version.rows)}`,
    `  ${printable(device)}; ${printable(runtime)}; batch ${batch}, ${threads ?? 'unknown'} threads, ${precision}` +
      `; ${origin ? `values of ${origin === 'simulator' ? 'a simulator' : 'an estimate'}; ` : ''}${version.keys}s of ${version.space ?? 'any space'}; measured ${measuredOn ?? `from ${version.createdAt.slice(0, 10)}`}`,
    ...version.models.flatMap(modelLines).map((line) => `  ${line}`),
  ];
}

export const reportLines = (profile: HardwareProfileDetail): string[] => [
  `${profile.id}${profile.name ? `: ${printable(profile.name)}` : ''}; answers come from version ${profile.current.version}`,
  ...profile.versions.flatMap(versionLines),
];

const keyColumns: readonly Column<AgentKeyView>[] = [
  { title: 'id', align: 'left', cell: ({ id }) => id },
  { title: 'name', align: 'left', cell: ({ name }) => printable(name) },
  { title: 'last used', align: 'left', cell: ({ lastUsedAt }) => lastUsedAt ?? 'never' },
  { title: 'revoked', align: 'left', cell: ({ revokedAt }) => revokedAt ?? 'no' },
];
export const agentKeyTable = (keys: readonly AgentKeyView[]): string[] => table(keyColumns, keys);

export function settledLine({ task, latency, problem }: Settled): string {
  const name = task.candidateId.slice(0, 8);
  if (problem !== null) return `${name}  not measured: ${printable(problem)}`;
  if (latency === null) return `${name}  not measured`;
  const { value, p10, p90, n, medians } = latency;
  return `${name}  ${milliseconds(value)} (p10 ${milliseconds(p10)}, p90 ${milliseconds(p90)}, ${n} runs, ${medians.length} repetitions)`;
}

type Task = MeasurementRequestView['tasks'][number];
const taskColumns: readonly Column<Task>[] = [
  { title: 'candidate', align: 'left', cell: ({ candidateId }) => candidateId },
  { title: 'state', align: 'left', cell: ({ state }) => state },
  {
    title: 'latency',
    align: 'right',
    cell: ({ latencyMs }) => (latencyMs === null ? '–' : milliseconds(latencyMs)),
  },
  { title: 'attempts', align: 'right', cell: ({ attempts }) => String(attempts) },
  { title: 'why not', align: 'left', cell: ({ error }) => (error ? printable(error.message) : '') },
];
export const measurementTable = ({ tasks }: MeasurementRequestView): string[] =>
  table(taskColumns, tasks);
