/** @file Benchmarks, imports and answers as lines of text. */
import type {
  BenchmarkColumn,
  BenchmarkImport,
  BenchmarkView,
  QueryAnswer,
  QueryArchitecture,
  SearchEstimate,
  TableImport,
} from '@sextant/contracts';
import { duration, percent } from './numbers';
import { table, type Column } from './table';

const absent = '–';

const columns: readonly Column<BenchmarkColumn>[] = [
  { title: 'column', align: 'left', cell: ({ name }) => name },
  { title: 'kind', align: 'left', cell: ({ kind }) => kind },
  { title: 'data set', align: 'left', cell: ({ dataset }) => dataset ?? absent },
  { title: 'part', align: 'left', cell: ({ split }) => split ?? absent },
  { title: 'epochs', align: 'right', cell: ({ epochs }) => String(epochs ?? absent) },
  { title: 'images', align: 'right', cell: ({ images }) => String(images ?? absent) },
  { title: 'known', align: 'right', cell: ({ known }) => String(known) },
];

export const benchmarkTable = (benchmark: BenchmarkView): string[] => [
  `${benchmark.id}: ${benchmark.space}, ${benchmark.architectures} architectures`,
  ...table(columns, benchmark.columns),
];

export const importLines = (report: BenchmarkImport): string[] => [
  `${report.benchmark.id}: ${report.acceptedRows} of ${report.rows} rows, ${report.importedColumns.join(', ')}`,
  ...report.refused.map(({ what, reason, count, examples: [first] }) => {
    const where = first ? ` (line ${first.line}: ${first.text})` : '';
    return `  refused ${count} × ${reason}, by ${what}${where}`;
  }),
];

export const profileLines = ({ profile, version, report }: TableImport): string[] => {
  const accepted = Object.entries(report.accepted).map(([metric, count]) => `${count} ${metric}`);
  return [
    `${profile.id}, version ${version ?? absent}: ${accepted.join(', ')}`,
    ...report.refused.map(
      ({ metric, reason, count, lines: [line] }) =>
        `  refused ${count} × ${reason}${metric ? ` in ${metric}` : ''} (first in line ${line})`,
    ),
  ];
};

const name = ({ architecture, id }: QueryArchitecture): string =>
  'cell' in architecture ? architecture.cell : id;

const cost = ({ costs }: QueryArchitecture): string =>
  Object.entries(costs)
    .filter(([, { evidence }]) => evidence !== 'counted')
    .map(([key, { value, evidence }]) => `${key} ${short(value)} (${evidence})`)
    .join(', ');

/** Tables have six digits at most; what was timed has more than it deserves. */
const short = (value: number): number => Number(value.toPrecision(6));

const line = (it: QueryArchitecture): string =>
  `${name(it)}  ${it.accuracy ? percent(it.accuracy.value) : absent}  ${cost(it)}`;

export function answerLines(answer: QueryAnswer): string[] {
  if (!answer.feasible) return [`nothing fits. ${answer.hint}`];
  const { best, feasibleCount, evaluatedCount, neighbours } = answer;
  const { slower, faster } = neighbours;
  return [
    line(best),
    `rank ${best.rank ?? absent} of ${evaluatedCount}; ${feasibleCount} fit`,
    ...(answer.hint === undefined ? [] : [answer.hint]),
    ...(slower ? [`a little slower: ${line(slower)}`] : []),
    ...(faster ? [`faster: ${line(faster)}`] : []),
  ];
}

export function estimateLines(estimate: SearchEstimate): string[] {
  const { feasible, limits, candidates, trainings, measurements, seconds, memoryBytes } = estimate;
  const { low, expected, high } = seconds;
  return [
    feasible ? 'feasible' : 'infeasible: no architecture meets every limit',
    ...limits.map(
      ({ cost: key, limit, smallest, fits }) =>
        `  ${key} ≤ ${limit}: ${fits ? 'can be met' : 'cannot be met'}, smallest ${smallest ?? 'unknown'}`,
    ),
    `${candidates} candidates, ${trainings} trainings, ${measurements} measurements`,
    `time ${duration(expected)} (${duration(low)} to ${duration(high)}): ${estimate.basis}`,
    ...estimate.devices.map(
      ({ cost: key, how, architectures, smallest, median, largest, meanAbsolutePercentageError }) =>
        `${key} ${smallest.toPrecision(3)} to ${largest.toPrecision(3)}, median ${median.toPrecision(3)}: ` +
        `${{ table: 'rows of the table', model: 'predicted', blocks: 'sums of blocks' }[how]}, ` +
        `${architectures} architectures` +
        (meanAbsolutePercentageError === null
          ? ''
          : `, off by ${percent(meanAbsolutePercentageError)} on average`),
    ),
    ...(memoryBytes === null ? [] : [`memory at most ${Math.ceil(memoryBytes / 2 ** 20)} MiB`]),
  ];
}
