export { canonicalCell, canonicalCells, cellExpression, cellHash, cellKey } from './canonical-cell';
export {
  cellEdges,
  cellOneHot,
  cellOperations,
  formatCell,
  parseCell,
  requireCell,
  type Cell,
  type CellOperation,
} from './cell';
export { cellMacs, cellParams, type CellNetworkScale } from './cell-cost';
export { hasUnreachableEdge, isConnected, reachableOperations } from './cell-paths';
export { crossoverCells, mutateCell, neighboursOfCell, sampleCell } from './cell-variation';
export { allCells, cellAt, cellCount, cellIndex } from './official-order';
