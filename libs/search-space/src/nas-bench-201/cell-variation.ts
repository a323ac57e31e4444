/** @file Ways to another cell: a draw, a mutation, a crossover, the neighbours. All stay inside the space. */
import type { Rng } from '@sextant/common';
import { cellEdges, cellOperations, requireCell, type Cell } from './cell';

const withOperation = (cell: Cell, edge: number, operation: number): Cell =>
  Object.freeze(cell.map((old, at) => (at === edge ? operation : old)));

/** Every operation uniform and independent. */
export const sampleCell = (rng: Rng): Cell =>
  Object.freeze(cellEdges.map(() => rng.int(cellOperations.length)));

/**
 * One edge, uniformly, takes one of the four other operations.
 * @throws {InvalidArchitectureError} not a cell
 * @see Dong et al. 2021, NATS-Bench, arXiv:2009.00437 — its regularized evolution
 */
export function mutateCell(cell: Cell, rng: Rng): Cell {
  requireCell(cell);
  const edge = rng.int(cellEdges.length);
  const step = 1 + rng.int(cellOperations.length - 1);
  return withOperation(cell, edge, ((cell[edge] as number) + step) % cellOperations.length);
}

/** Each edge from either parent, by a fair coin. @throws {InvalidArchitectureError} not a cell */
export function crossoverCells(a: Cell, b: Cell, rng: Rng): Cell {
  requireCell(a);
  requireCell(b);
  return Object.freeze(a.map((op, edge) => (rng.uniform() < 0.5 ? op : (b[edge] as number))));
}

/** The 24 cells that differ in one edge. @throws {InvalidArchitectureError} not a cell */
export function neighboursOfCell(cell: Cell): Cell[] {
  requireCell(cell);
  return cell.flatMap((old, edge) =>
    cellOperations.flatMap((_, operation) =>
      operation === old ? [] : [withOperation(cell, edge, operation)],
    ),
  );
}
