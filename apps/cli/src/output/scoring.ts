/** @file Scores, predictors and reports as tables. */
import type { PredictorView, ReportEntry, ScoredView } from '@sextant/contracts';
import { millions, percent, thousands } from './numbers';
import { table, type Column } from './table';

const absent = '–';
const short = (value: number | null): string =>
  value === null ? absent : Number(value.toPrecision(4)).toString();

/** As far as shown, one column for each proxy. */
export function scoredTable(rows: readonly ScoredView[]): string[] {
  const proxies = Object.keys(rows[0]?.proxies ?? {});
  const columns: Column<ScoredView>[] = [
    { title: 'rank', align: 'right', cell: ({ rank }) => String(rank) },
    { title: 'score', align: 'right', cell: ({ score }) => short(score) },
    ...proxies.map((name): Column<ScoredView> => ({
      title: name,
      align: 'right',
      cell: (row) => row.proxies[name]?.failure ?? short(row.proxies[name]?.value ?? null),
    })),
    {
      title: 'predicted',
      align: 'right',
      cell: ({ predicted }) => (predicted ? percent(predicted.value) : absent),
    },
    { title: 'MACs', align: 'right', cell: ({ macs }) => millions(macs) },
    { title: 'params', align: 'right', cell: ({ paramCount }) => thousands(paramCount) },
    {
      title: 'architecture',
      align: 'left',
      cell: ({ architecture, encoding }) =>
        'cell' in architecture ? architecture.cell : encoding.join(' '),
    },
  ];
  return table(columns, rows);
}

export function predictorLines({ number, name, state, result, error }: PredictorView): string[] {
  const head = `predictor ${number}: ${name}, ${state}`;
  if (error) return [`${head}: ${error.message}`];
  if (!result) return [head];
  const { picked, why, labels, predicted, seconds } = result;
  return [
    `${head}${picked === name ? '' : `, picked ${picked}`}: ${labels} labels, ${predicted} predicted, ${seconds.toFixed(1)} s`,
    `  ${why}`,
  ];
}

const interval = (it: ReportEntry['kendallTauB']): string =>
  it === null ? absent : `${it.value.toFixed(3)} [${it.lower.toFixed(3)}, ${it.upper.toFixed(3)}]`;

const reportColumns: readonly Column<ReportEntry>[] = [
  { title: 'labels', align: 'left', cell: ({ split }) => split },
  { title: 'what', align: 'left', cell: ({ kind, name }) => `${kind} ${name}` },
  { title: 'values', align: 'left', cell: ({ values }) => values },
  { title: 'n', align: 'right', cell: ({ n }) => String(n) },
  { title: 'failed', align: 'right', cell: ({ failed }) => String(failed) },
  { title: 'Kendall τ-b', align: 'right', cell: ({ kendallTauB }) => interval(kendallTauB) },
  { title: 'Spearman', align: 'right', cell: ({ spearman }) => interval(spearman) },
  {
    title: 'τ top 10 %',
    align: 'right',
    cell: ({ tauTop10 }) => (tauTop10 === null ? absent : tauTop10.toFixed(3)),
  },
  {
    title: 'precision at k',
    align: 'left',
    cell: ({ precisionAt }) =>
      precisionAt.map(({ k, precision }) => `${k}: ${precision.toFixed(2)}`).join(' ') || absent,
  },
];

export const reportTable = (entries: readonly ReportEntry[]): string[] =>
  table(reportColumns, entries);
