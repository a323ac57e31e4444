/** @file A table as a mission: what its proxies and choices say of each network, before anything is looked up. */
import { ValidationError } from '@sextant/common';
import type { BenchmarkTable, CostLimits } from '@sextant/contracts';
import { canonicalCell, cellIndex, cellKey, cellOneHot, type Cell } from '@sextant/search-space';
import { openMission, rankScores, type Mission, type MissionCandidate } from '../mission';
import type { CellCosts } from './cell-costs';

/** Trusted alike before any training, where a table has them; of other tables, all scores are. */
const leading = ['nwot', 'params', 'jacov', 'synflow'];
/** How far from "all choices matter at once" a one-hot column counts: half a rank. */
const oneHotScale = 0.5;

/** Limits that only a measurement can tell. */
export const measuredLimits = (limits: CostLimits): CostLimits =>
  Object.fromEntries(Object.entries(limits).filter(([cost]) => cost.includes('@')));

/** Of cells that are the same network, the first that every proxy knows, else the first. */
function networksOf(cells: readonly Cell[], proxies: BenchmarkTable['proxies']): Cell[] {
  const isScored = (cell: Cell): boolean =>
    proxies.every(({ values }) => (values[cellIndex(cell)] ?? null) !== null);
  const chosen = new Map<number, Cell>();
  for (const cell of cells) {
    const network = cellIndex(canonicalCell(cell));
    const before = chosen.get(network);
    if (!before || (!isScored(before) && isScored(cell))) chosen.set(network, cell);
  }
  return [...chosen.values()];
}

function candidatesOf(
  networks: readonly Cell[],
  { proxies }: BenchmarkTable,
  costs: CellCosts,
): MissionCandidate[] {
  const trusted = proxies.filter(({ name }) => leading.includes(name));
  const lead = trusted.length > 0 ? trusted : proxies;
  const rest = proxies.filter((column) => !lead.includes(column));
  const scores = (columns: BenchmarkTable['proxies']) =>
    columns.map(({ values }) =>
      rankScores(networks.map((cell) => values[cellIndex(cell)] ?? Number.NaN)),
    );
  const [leadScores, restScores] = [scores(lead), scores(rest)];
  return networks.map((cell, at) => {
    const [oneHot, index] = [cellOneHot(cell), cellIndex(cell)];
    return {
      id: cellKey(cell),
      proxies: leadScores.map((score) => score[at] as number),
      accuracyFeatures: [
        ...oneHot.map((it) => it * oneHotScale),
        ...restScores.map((score) => score[at] as number),
      ],
      costFeatures: [
        ...oneHot,
        costs.of('macs', index) as number,
        costs.of('paramCount', index) as number,
      ],
    };
  });
}

export interface TableMission {
  readonly mission: Mission;
  readonly cellOf: (id: string) => Cell;
}

/** @throws {ValidationError} no limit needs measuring, or these are no options of a mission */
export function openTableMission(
  cells: readonly Cell[],
  table: BenchmarkTable,
  costs: CellCosts,
  limits: CostLimits,
  options: { readonly seed: number; readonly trainings: number; readonly measurements: number },
): TableMission {
  const measured = measuredLimits(limits);
  if (Object.keys(measured).length === 0) {
    throw new ValidationError('a mission needs a limit of a cost on a hardware profile');
  }
  const networks = networksOf(cells, table.proxies);
  const byKey = new Map(networks.map((cell) => [cellKey(cell), cell]));
  const candidates = candidatesOf(networks, table, costs);
  return {
    mission: openMission({ candidates, limits: measured }, options),
    cellOf: (id) => byKey.get(id) as Cell,
  };
}
