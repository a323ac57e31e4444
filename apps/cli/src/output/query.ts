/** @file Answers of queries as text. */
import type { BestView, ParetoView } from '@sextant/contracts';
import { milliseconds, percent } from './numbers';
import { table } from './table';

type Feasible = Extract<BestView, { feasible: true }>;

function latencyText({ latency, limits }: Feasible): string {
  if (latency === null) return 'not measured';
  const on = limits.hardware === undefined ? '' : ` on ${limits.hardware}`;
  const known = latency.evidence === 'measured' ? '' : ` (${latency.evidence})`;
  return `${milliseconds(latency.value)}${on}${known}`;
}

function accuracyText({ candidate, orderBy }: Feasible): string {
  const { accuracy, predictedAccuracy } = candidate;
  if (orderBy === 'predictedAccuracy')
    return `predicted ${predictedAccuracy ? percent(predictedAccuracy.value) : '–'}`;
  return `validation ${accuracy ? percent(accuracy.value) : '–'}`;
}

/** Id, accuracy, latency, place and how many fit, on one line. */
export function bestLine(answer: Feasible): string {
  const { candidate, feasibleCount, feasibleCountRelation, evaluatedCount } = answer;
  const fit = `${feasibleCountRelation === 'exact' ? '' : 'at most '}${feasibleCount} of ${evaluatedCount} fit`;
  return `${candidate.id}  ${accuracyText(answer)}  latency ${latencyText(answer)}  (rank ${candidate.rank ?? '–'}; ${fit})`;
}

export function paretoTable({ objectives, points, hypervolume }: ParetoView): string[] {
  const columns = [
    ...objectives.map(({ key }, at) => ({
      title: key,
      align: 'right' as const,
      cell: ({ values }: ParetoView['points'][number]) => String(values[at]),
    })),
    {
      title: 'id',
      align: 'left' as const,
      cell: ({ id }: ParetoView['points'][number]) => id,
    },
  ];
  return [
    ...table(columns, points),
    `${points.length} points; hypervolume ${hypervolume.value.toFixed(4)}`,
  ];
}

/** No value needs quotes: keys have no commas, the rest are numbers and hexadecimal digits. */
export const paretoCsv = ({ objectives, points }: ParetoView): string[] => [
  ['id', ...objectives.map(({ key }) => key)].join(','),
  ...points.map(({ id, values }) => [id, ...values].join(',')),
];
