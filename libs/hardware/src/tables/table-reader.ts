/** @file Reads a table row by row: what can be stored, and an exact account of what cannot and why. */
import { TableRefusedError, ValidationError } from '@sextant/common';
import type { HardwareMetric, HardwareRow, RowRefusal, TableReport } from '@sextant/contracts';
import { architectureKeyOf, type KeyOf } from './architecture-key';
import { readNumber } from './table-number';
import {
  settleLayout,
  type MetricColumn,
  type TableLayout,
  type TableRequest,
} from './table-layout';

export type TableRecord = Readonly<Record<string, unknown>>;

export interface ReadTable {
  readonly rows: readonly HardwareRow[];
  readonly report: TableReport;
}

/** Data rows of one table. */
export const mostRows = 500_000;
/** Lines of each reason that are listed. */
const listedLines = 10;
/** A value below this part of the metric's median is pointed out. */
const nearZero = 0.01;

interface Accepted {
  readonly row: HardwareRow;
  readonly line: number;
}

interface Refusals {
  count: number;
  readonly lines: number[];
  readonly example: string;
}

const textOf = (cell: unknown): string =>
  typeof cell === 'string' || typeof cell === 'number' ? String(cell).trim() : '';

const shown = (cell: unknown): string => textOf(cell).slice(0, 80);

export class TableReader {
  private layout: TableLayout | null = null;
  private readonly keyOf: KeyOf;
  private readonly accepted: Accepted[] = [];
  private readonly seen = new Set<string>();
  private readonly refusals = new Map<string, Refusals>();
  private count = 0;

  constructor(private readonly request: TableRequest) {
    this.keyOf = architectureKeyOf(request.keys, request.space);
  }

  /**
   * One row; null where it could not be split into columns. `line` is where it stands in the file.
   * The names of the first row that is whole settle the columns.
   * @throws {ValidationError} the columns are not recognised, or there are too many rows
   */
  add(record: TableRecord | null, line: number): void {
    this.count += 1;
    if (this.count > mostRows) {
      const message = `the table has more than ${mostRows} rows; split it`;
      throw new ValidationError(message, [{ pointer: '', message }]);
    }
    if (record === null) return this.refuse(null, 'malformed', line, '');
    this.layout ??= settleLayout(Object.keys(record), this.request);
    const { key: keyColumn, metrics } = this.layout;
    const name = textOf(record[keyColumn]);
    if (name === '') return this.refuse(null, 'missing', line, keyColumn);
    const key = this.keyOf(name);
    if (key === null) return this.refuse(null, 'unknown-architecture', line, shown(name));
    for (const metric of metrics) this.addValue(record, key, metric, line);
  }

  /**
   * What can be stored, and the account.
   * @throws {TableRefusedError} nothing can
   */
  finish(): ReadTable {
    const accepted: Partial<Record<HardwareMetric, number>> = {};
    for (const { row } of this.accepted) accepted[row.metric] = (accepted[row.metric] ?? 0) + 1;
    const report: TableReport = {
      rows: this.count,
      accepted,
      refused: this.refused(),
      suspicious: this.suspicious(),
    };
    if (this.accepted.length === 0) throw nothingIn(report);
    return { rows: this.accepted.map(({ row }) => row), report };
  }

  private addValue(record: TableRecord, key: string, column: MetricColumn, line: number): void {
    const { metric } = column;
    const cell = record[column.column];
    const value = readNumber(cell);
    if (typeof value === 'string') return this.refuse(metric, value, line, shown(cell));
    const name = `${metric} ${key}`;
    if (this.seen.has(name)) return this.refuse(metric, 'duplicate', line, shown(cell));
    const spread = spreadOf(record, column, value);
    if (spread === null) return this.refuse(metric, 'bad-spread', line, shown(cell));
    this.seen.add(name);
    this.accepted.push({ row: { key, metric, value, ...spread }, line });
  }

  private refuse(
    metric: HardwareMetric | null,
    reason: RowRefusal,
    line: number,
    example: string,
  ): void {
    const name = JSON.stringify([metric, reason]);
    const refusals = this.refusals.get(name) ?? { count: 0, lines: [], example };
    refusals.count += 1;
    if (refusals.lines.length < listedLines) refusals.lines.push(line);
    this.refusals.set(name, refusals);
  }

  private refused(): TableReport['refused'] {
    return [...this.refusals].map(([name, { count, lines, example }]) => {
      const [metric, reason] = JSON.parse(name) as [HardwareMetric | null, RowRefusal];
      return { metric, reason, count, lines, example };
    });
  }

  /** Values far below the others: often networks in which nothing is computed, sometimes a wrong unit. */
  private suspicious(): TableReport['suspicious'] {
    return (this.layout?.metrics ?? []).flatMap(({ metric }) => {
      const own = this.accepted.filter(({ row }) => row.metric === metric);
      const sorted = own.map(({ row }) => row.value).sort((a, b) => a - b);
      const below = nearZero * (sorted[sorted.length >> 1] ?? 0);
      const few = own.filter(({ row }) => row.value < below);
      if (few.length === 0) return [];
      const lines = few.slice(0, listedLines).map(({ line }) => line);
      return [{ metric, reason: 'near-zero' as const, below, count: few.length, lines }];
    });
  }
}

/** p10, p90 and n of a value; null where the table has them and they contradict it. */
function spreadOf(
  record: TableRecord,
  column: MetricColumn,
  value: number,
): Pick<HardwareRow, 'p10' | 'p90' | 'n'> | null {
  const read = (name: string | null): number | null => {
    if (name === null) return null;
    const number = readNumber(record[name]);
    if (number === 'missing') return null;
    return typeof number === 'number' ? number : Number.NaN;
  };
  const p10 = read(column.p10) ?? value;
  const p90 = read(column.p90) ?? value;
  const n = read(column.n);
  const isWhole = n === null || (Number.isInteger(n) && n <= 2 ** 31 - 1);
  return p10 <= value && value <= p90 && isWhole ? { p10, p90, n } : null;
}

function nothingIn({ rows, refused }: TableReport): TableRefusedError {
  if (rows === 0) return new TableRefusedError('the table has no rows; nothing was imported');
  const reasons = refused.map(
    ({ metric, reason, count, lines }) =>
      `${count} × ${reason}${metric ? ` in ${metric}` : ''} (first in line ${lines[0]})`,
  );
  return new TableRefusedError(
    `every row was refused: ${reasons.join(', ')}; nothing was imported`,
    reasons.map((message) => ({ pointer: '', message })),
  );
}
