/** @file A cell of NAS-Bench-201: one operation on each of six edges between four nodes, and its official string. */
import { InvalidArchitectureError } from '@sextant/common';

/** Operations of an edge, in the benchmark's order: a cell's numbers index this list. */
export const cellOperations = [
  'none',
  'skip_connect',
  'nor_conv_1x1',
  'nor_conv_3x3',
  'avg_pool_3x3',
] as const;
export type CellOperation = (typeof cellOperations)[number];

/** (from, to) of each edge, in the order of the string. Node 0 is the input, node 3 the output. */
export const cellEdges = [
  [0, 1],
  [0, 2],
  [1, 2],
  [0, 3],
  [1, 3],
  [2, 3],
] as const;

/** Six numbers 0..4, by edge: also the encoding. */
export type Cell = readonly number[];

/** @throws {InvalidArchitectureError} not six integers in 0..4 */
export function requireCell(cell: Cell): void {
  const known = cell.every((op) => Number.isInteger(op) && op >= 0 && op < cellOperations.length);
  if (cell.length === cellEdges.length && known) return;
  throw new InvalidArchitectureError(
    `a NAS-Bench-201 cell is six operation numbers in 0..4, got [${cell.join(', ')}]`,
  );
}

const operationAt = (cell: Cell, edge: number): CellOperation =>
  cellOperations[cell[edge] as number] as CellOperation;

/**
 * `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`: a group per node, an operation per node before it.
 * @throws {InvalidArchitectureError} not a cell
 */
export function formatCell(cell: Cell): string {
  requireCell(cell);
  return [1, 2, 3]
    .map((node) => {
      const parts = cellEdges.flatMap(([from, to], edge) =>
        to === node ? [`${operationAt(cell, edge)}~${from}`] : [],
      );
      return `|${parts.join('|')}|`;
    })
    .join('+');
}

const sources = cellEdges.map(([from]) => from);

/**
 * The cell of an official string; nothing but that string is understood, so that equal cells have equal text.
 * @throws {InvalidArchitectureError} another form, or an operation the space does not have
 */
export function parseCell(text: string): Cell {
  const parts = text.split(/[|+]+/).filter((part) => part !== '');
  const cell = parts.map((part) => {
    const [name] = part.split('~');
    return cellOperations.findIndex((operation) => operation === name);
  });
  const unknown = parts.find((_, at) => cell[at] === -1);
  if (unknown !== undefined) {
    throw new InvalidArchitectureError(
      `"${unknown}" is not an operation of NAS-Bench-201 with its node: expected one of ${cellOperations.join(', ')}, then "~" and a node number`,
    );
  }
  if (cell.length !== sources.length || formatCell(cell) !== text) {
    throw new InvalidArchitectureError(
      `"${text}" is not a NAS-Bench-201 cell: expected |op~0|+|op~0|op~1|+|op~0|op~1|op~2|`,
    );
  }
  return Object.freeze(cell);
}

/** One number 1 among five for each edge, in edge order: 30 numbers. @throws {InvalidArchitectureError} not a cell */
export function cellOneHot(cell: Cell): number[] {
  requireCell(cell);
  return cell.flatMap((operation) => cellOperations.map((_, at) => (at === operation ? 1 : 0)));
}
