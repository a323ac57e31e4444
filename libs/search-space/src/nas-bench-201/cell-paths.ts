/** @file What of a cell takes part in its output. */
import { cellEdges, requireCell, type Cell } from './cell';

const open = (cell: Cell, edge: number): boolean => cell[edge] !== 0;

/** Nodes that hold something other than zero. */
function fedNodes(cell: Cell): readonly boolean[] {
  const fed = [true, false, false, false];
  cellEdges.forEach(([from, to], edge) => {
    if (open(cell, edge) && fed[from]) fed[to] = true;
  });
  return fed;
}

/** Nodes whose value reaches the output. */
function readNodes(cell: Cell): readonly boolean[] {
  const read = [false, false, false, true];
  for (let edge = cellEdges.length - 1; edge >= 0; edge--) {
    const [from, to] = cellEdges[edge] as (typeof cellEdges)[number];
    if (open(cell, edge) && read[to]) read[from] = true;
  }
  return read;
}

/** Does anything of the input reach the output? @throws {InvalidArchitectureError} not a cell */
export function isConnected(cell: Cell): boolean {
  requireCell(cell);
  return fedNodes(cell)[3] as boolean;
}

/**
 * Is there an operation that gets only zeros or whose result nobody reads? 9,445 cells have none; the cell of six
 * `none`, which has no operation at all, is one of them.
 * @throws {InvalidArchitectureError} not a cell
 */
export const hasUnreachableEdge = (cell: Cell): boolean =>
  reachableOperations(cell).some((operation, edge) => operation !== cell[edge]);

/**
 * The cell with `none` for every operation that is on no path from input to output.
 * @throws {InvalidArchitectureError} not a cell
 */
export function reachableOperations(cell: Cell): number[] {
  requireCell(cell);
  const [fed, read] = [fedNodes(cell), readNodes(cell)];
  return cell.map((operation, edge) => {
    const [from, to] = cellEdges[edge] as (typeof cellEdges)[number];
    return fed[from] && read[to] ? operation : 0;
  });
}
