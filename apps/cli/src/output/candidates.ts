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
    cell: ({ architecture }) => ('cell' in architecture ? absent : String(architecture.resolution)),
  },
  {
    title: 'architecture',
    align: 'left',
    cell: ({ architecture }) =>
      'cell' in architecture
        ? architecture.cell
        : architecture.stages.map(({ width, blocks }) => `${width}×${blocks.length}`).join(' '),
  },
  { title: 'id', align: 'left', cell: ({ id }) => id.slice(0, 8) },
];

export const candidateTable = (candidates: readonly CandidateView[]): string[] =>
  table(columns, candidates);
