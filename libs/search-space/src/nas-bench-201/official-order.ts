/** @file The benchmark's own numbering of its 15,625 cells, which every published table is keyed by. */
import { InvalidArchitectureError } from '@sextant/common';
import { cellEdges, cellOperations, requireCell, type Cell } from './cell';
import { pythonRandom } from './python-random';

const base = cellOperations.length;
export const cellCount = base ** cellEdges.length;

/** Position in the order before shuffling: the product over the edges, the last edge fastest. */
const productPosition = (cell: Cell): number => cell.reduce((sum, op) => sum * base + op, 0);

const cellAtPosition = (position: number): Cell =>
  Object.freeze(
    cellEdges.map((_, edge) => Math.floor(position / base ** (cellEdges.length - 1 - edge)) % base),
  );

interface OfficialOrder {
  readonly cells: readonly Cell[];
  /** Official index by position in the product. */
  readonly indices: Uint16Array;
}

let order: OfficialOrder | null = null;

/** The benchmark's authors shuffled the product with `random.seed(88)`; computed once, 3 ms. */
function officialOrder(): OfficialOrder {
  if (order) return order;
  const positions = pythonRandom(88).shuffle(Array.from({ length: cellCount }, (_, at) => at));
  const indices = new Uint16Array(cellCount);
  positions.forEach((position, index) => (indices[position] = index));
  order = { cells: Object.freeze(positions.map(cellAtPosition)), indices };
  return order;
}

/** Every cell, by official index. */
export const allCells = (): readonly Cell[] => officialOrder().cells;

/**
 * The official index, 0..15,624.
 * @throws {InvalidArchitectureError} not a cell
 * @see Dong & Yang 2020, NAS-Bench-201, arXiv:2001.00326
 */
export function cellIndex(cell: Cell): number {
  requireCell(cell);
  return officialOrder().indices[productPosition(cell)] as number;
}

/** The cell with an official index. @throws {InvalidArchitectureError} not an integer in 0..15,624 */
export function cellAt(index: number): Cell {
  const cell = Number.isInteger(index) ? allCells()[index] : undefined;
  if (cell) return cell;
  throw new InvalidArchitectureError(
    `NAS-Bench-201 numbers its cells 0..${cellCount - 1}, got ${index}`,
  );
}
