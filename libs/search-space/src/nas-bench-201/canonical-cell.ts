/** @file Which cells are the same network: 15,625 strings name 6,466. */
import { fnv1a128 } from '../canonical-hash';
import { cellEdges, cellOperations, formatCell, type Cell } from './cell';
import { allCells, cellIndex } from './official-order';

const zero = '#';

/**
 * What the output computes, as an expression in the input `0`: skip connections are their source, `none` and what
 * follows a zero are zero, sums are sorted. Cells with equal expressions are the same network. The converse fails for
 * some: zeros stay in the sums, as in the benchmark, whose 6,466 classes follow from that; 5,390 would without them.
 * @see Dong et al. 2021, NATS-Bench, arXiv:2009.00437 — `to_unique_str(consider_zero=True)`
 */
export function cellExpression(cell: Cell): string {
  const nodes = ['0'];
  for (let node = 1; node <= 3; node++) {
    const terms = cellEdges.flatMap(([from, to], edge) => {
      if (to !== node) return [];
      const operation = cellOperations[cell[edge] as number];
      const source = nodes[from] as string;
      if (operation === 'none' || source === zero) return [zero];
      return [operation === 'skip_connect' ? source : `(${source})@${operation}`];
    });
    nodes.push(terms.sort().join('+'));
  }
  return nodes[3] as string;
}

let representatives: ReadonlyMap<string, Cell> | null = null;

/** By expression, the member of each class with the smallest official index; computed once, 50 ms. */
function classRepresentatives(): ReadonlyMap<string, Cell> {
  if (representatives) return representatives;
  const found = new Map<string, Cell>();
  for (const cell of allCells()) {
    const expression = cellExpression(cell);
    if (!found.has(expression)) found.set(expression, cell);
  }
  representatives = found;
  return found;
}

/**
 * The cell that stands for all cells computing the same: of its class, the one with the smallest official index.
 * @throws {InvalidArchitectureError} not a cell
 */
export function canonicalCell(cell: Cell): Cell {
  cellIndex(cell);
  return classRepresentatives().get(cellExpression(cell)) as Cell;
}

/** One cell for each of the 6,466 networks, by official index. */
export const canonicalCells = (): readonly Cell[] => [...classRepresentatives().values()];

/** 32 hexadecimal digits of the network, equal for all cells of a class. @throws {InvalidArchitectureError} not a cell */
export function cellHash(cell: Cell): string {
  cellIndex(cell);
  return fnv1a128(cellExpression(cell));
}

/** 32 hexadecimal digits of the string itself: a row of a table, not a class. @throws {InvalidArchitectureError} not a cell */
export const cellKey = (cell: Cell): string => fnv1a128(formatCell(cell));
