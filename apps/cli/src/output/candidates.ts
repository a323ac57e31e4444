/** @file Candidates as a ranked table. */
import type { CandidateView } from '@sextant/contracts';
import { millions, milliseconds, percent, thousands } from './numbers';
import { table, type Column } from './table';

const absent = '–';

const columns: readonly Column<CandidateView>[] = [
  { title: 'rank', align: 'right', cell: ({ rank }) => String(rank) },
  {
    title: 'validation',
    align: 'right',
    cell: ({ accuracy }) => (accuracy ? percent(accuracy.value) : absent),
  },
  {
    title: '95 % interval',
    align: 'right',
    cell: ({ accuracy }) =>
      accuracy
        ? `${(100 * accuracy.lower).toFixed(1)}–${(100 * accuracy.upper).toFixed(1)}`
        : absent,
  },
  {
    title: 'test',
    align: 'right',
    cell: ({ testAccuracy }) => (testAccuracy ? percent(testAccuracy.value) : absent),
  },
  { title: 'MACs', align: 'right', cell: ({ macs }) => millions(macs) },
  { title: 'params', align: 'right', cell: ({ paramCount }) => thousands(paramCount) },
  {
    title: 'latency',
    align: 'right',
    cell: ({ latencyMs }) => (latencyMs ? milliseconds(latencyMs.value) : absent),
  },
  {
    title: 'resolution',
    align: 'right',
    cell: ({ architecture }) =>
      'resolution' in architecture ? String(architecture.resolution) : absent,
  },
  {
    title: 'architecture',
    align: 'left',
    cell: ({ architecture }) => inWords(architecture),
  },
  { title: 'id', align: 'left', cell: ({ id }) => id.slice(0, 8) },
];

function inWords(architecture: CandidateView['architecture']): string {
  if ('cell' in architecture) return architecture.cell;
  if ('embedding' in architecture) {
    const heads = architecture.blocks.map(({ heads, mlpRatio }) => `${heads}·${mlpRatio}`);
    return `${architecture.embedding}: ${heads.join(' ')}`;
  }
  if ('topology' in architecture) return architecture.topology;
  return architecture.stages.map(({ width, blocks }) => `${width}×${blocks.length}`).join(' ');
}

export const candidateTable = (candidates: readonly CandidateView[]): string[] =>
  table(columns, candidates);
