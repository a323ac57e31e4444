/** @file One cell of a table as a positive number, or why it is none. */
import type { RowRefusal } from '@sextant/contracts';

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** A number in decimal notation above 0. -1 stands for "not supported" in published tables and is refused. */
export function readNumber(cell: unknown): number | RowRefusal {
  const text =
    typeof cell === 'number' ? String(cell) : typeof cell === 'string' ? cell.trim() : '';
  if (text === '') return 'missing';
  if (!decimal.test(text)) return 'not-a-number';
  const value = Number(text);
  if (!Number.isFinite(value)) return 'not-a-number';
  return value > 0 ? value : 'not-positive';
}
