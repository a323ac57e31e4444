/** @file A scored cell of NAS-Bench-201 as predictors read it. */
import { cellMacs, cellOneHot, cellParams, reachableOperations } from '@sextant/search-space';
import type { ArchitectureFeatures } from '../../predictors/architecture-features';
import { alignCellNodes, poolCellNodes } from './cell-nodes';
import { isSummary, nodeKindOf, type ScoredNetwork } from './scored-network';

const [stages, cellsPerStage] = [3, 5];

/** Of the outputs of stem, cells and the reductions between stages, those of cells. */
const ofCells = (blocks: ArrayLike<number>): number[] =>
  Array.from(blocks).filter((_, at) => at % (cellsPerStage + 1) !== 0);

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** Sums of log effective ranks over each stage and over all, and the least step from one cell to the next. */
function expressivities(ranks: readonly number[]): Record<string, number> {
  const logs = ranks.map(Math.log);
  const steps = logs.slice(1).map((log, at) => log - (logs[at] as number));
  const ofStage = (stage: number): number =>
    total(logs.slice(stage * cellsPerStage, (stage + 1) * cellsPerStage));
  return {
    ...Object.fromEntries(
      Array.from({ length: stages }, (_, stage) => [`expressivity_${stage + 1}`, ofStage(stage)]),
    ),
    expressivity: total(logs),
    progressivity: Math.min(...steps),
  };
}

/** Layers pooled to one cell a stage; of blocks, the cells'; maps as they are. */
function placed(name: string, values: ArrayLike<number>, cell: readonly number[]): number[] {
  switch (nodeKindOf(name)) {
    case 'block':
      return ofCells(values);
    case 'layer': {
      const reachable = reachableOperations(cell);
      const present = cell.map((operation, edge) => operation === reachable[edge]);
      return Array.from(poolCellNodes(alignCellNodes(cell, values, present)));
    }
    default:
      return Array.from(values);
  }
}

/**
 * Scores, node statistics in places that mean the same in every cell, and costs and encoding of the operations that are on a path
 * from input to output, so that cells of one network have one vector. Costs are those on CIFAR-10's images: other images order
 * cells alike. Five cells a stage, as the benchmark has them.
 * @throws {ShapeError} there is not one value for each layer
 */
export function cellFeatures(
  cell: readonly number[],
  { scores, nodes }: ScoredNetwork,
): ArchitectureFeatures {
  const reachable = reachableOperations(cell);
  const ranks = nodes['effective_rank'];
  return {
    macs: cellMacs(reachable),
    paramCount: cellParams(reachable),
    scores: {
      ...Object.fromEntries(Object.entries(scores).filter(([name]) => !isSummary(name))),
      ...(ranks ? expressivities(ofCells(ranks)) : {}),
    },
    encoding: cellOneHot(reachable),
    nodes: Object.fromEntries(
      Object.entries(nodes)
        .filter(([name]) => nodeKindOf(name) !== null)
        .map(([name, values]) => [name, placed(name, values, cell)]),
    ),
  };
}
