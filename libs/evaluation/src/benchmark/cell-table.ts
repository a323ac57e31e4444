/** @file Reading a table of NAS-Bench-201 cells: each record is taken or refused for a reason that is counted. */
import { ValidationError } from '@sextant/common';
import type { BenchmarkColumn, BenchmarkImport, BenchmarkRefusal } from '@sextant/contracts';
import { cellCount, cellIndex, parseCell } from '@sextant/search-space';
import { columnKinds, type TableKind } from './cell-table-columns';

export type ColumnDescription = Omit<BenchmarkColumn, 'known'>;

/** One column, by official index; null where the table has no usable value. */
export interface CellColumn extends ColumnDescription {
  readonly values: readonly (number | null)[];
}

export type Refusals = BenchmarkImport['refused'];

export interface CellTable {
  readonly columns: readonly CellColumn[];
  readonly ignoredColumns: readonly string[];
  readonly rows: number;
  readonly acceptedRows: number;
  readonly acceptedValues: number;
  readonly refused: Refusals;
}

const examplesKept = 3;
const identityColumns = ['idx', 'arch'];

class Refused {
  private readonly found = new Map<BenchmarkRefusal, Refusals[number]>();

  constructor(private readonly what: 'row' | 'value') {}

  add(reason: BenchmarkRefusal, line: number, text: string): void {
    const entry = this.found.get(reason) ?? { reason, what: this.what, count: 0, examples: [] };
    entry.count += 1;
    if (entry.examples.length < examplesKept) {
      entry.examples.push({ line, text: text.slice(0, 120) });
    }
    this.found.set(reason, entry);
  }

  list(): Refusals {
    return [...this.found.values()];
  }
}

/**
 * Collects the records of one file. A row names its cell by `arch` (official string), `idx` (official index), or both,
 * which must then agree. Of the columns, `kind` says which are taken and what a value may be.
 */
export class CellTableReader {
  private readonly taken: readonly {
    readonly at: number;
    readonly description: ColumnDescription;
    readonly values: (number | null)[];
  }[];
  private readonly idxAt: number;
  private readonly archAt: number;
  private readonly ignored: readonly string[];
  private readonly rule: (typeof columnKinds)[TableKind];
  private readonly seen = new Set<number>();
  private readonly rowRefusals = new Refused('row');
  private readonly valueRefusals = new Refused('value');
  private rows = 0;
  private acceptedValues = 0;

  /** @throws {ValidationError} the header names no cell, no column of this kind, or a column twice */
  constructor(kind: TableKind, header: readonly string[]) {
    const rule = columnKinds[kind];
    const refuse = (message: string): never => {
      throw new ValidationError(message, [{ pointer: '', message }]);
    };
    if (!header.some((name) => identityColumns.includes(name))) {
      refuse(
        `the header has neither idx nor arch: ${header.slice(0, 8).join(', ') || 'it is empty'}`,
      );
    }
    const twice = header.find((name, at) => header.indexOf(name) !== at);
    if (twice !== undefined) refuse(`the header has ${JSON.stringify(twice)} twice`);
    const described = header
      .map((name, at) => ({ name, at, description: rule.describe(name) }))
      .filter(({ name }) => !identityColumns.includes(name));
    this.rule = rule;
    this.idxAt = header.indexOf('idx');
    this.archAt = header.indexOf('arch');
    this.taken = described.flatMap(({ at, description }) =>
      description ? [{ at, description, values: Array<number | null>(cellCount).fill(null) }] : [],
    );
    this.ignored = described.flatMap(({ name, description }) => (description ? [] : [name]));
    if (this.taken.length === 0) refuse(`the header has no column of ${rule.what}`);
  }

  /** `line` counts from 1, the header included. */
  add(fields: readonly string[], line: number): void {
    this.rows += 1;
    const index = this.indexOf(fields[this.idxAt], fields[this.archAt], line);
    if (index === null) return;
    if (this.seen.has(index)) return this.rowRefusals.add('duplicate', line, `idx ${index}`);
    this.seen.add(index);
    for (const { at, description, values } of this.taken) {
      const text = (fields[at] ?? '').trim();
      const value = this.rule.value(text, description);
      if (typeof value === 'string') {
        this.valueRefusals.add(value, line, `${description.name}: ${text || 'empty'}`);
      } else {
        values[index] = value;
        this.acceptedValues += 1;
      }
    }
  }

  finish(): CellTable {
    return {
      columns: this.taken.map(({ description, values }) => ({ ...description, values })),
      ignoredColumns: this.ignored,
      rows: this.rows,
      acceptedRows: this.seen.size,
      acceptedValues: this.acceptedValues,
      refused: [...this.rowRefusals.list(), ...this.valueRefusals.list()],
    };
  }

  private indexOf(idx: string | undefined, arch: string | undefined, line: number): number | null {
    const listed = idx === undefined ? undefined : wholeNumber(idx);
    if (listed !== undefined && !(listed >= 0 && listed < cellCount)) {
      this.rowRefusals.add('unknown-architecture', line, `idx ${idx}`);
      return null;
    }
    const named = arch === undefined ? listed : indexOfText(arch);
    if (named === undefined) {
      this.rowRefusals.add('unknown-architecture', line, arch ?? '');
      return null;
    }
    if (listed !== undefined && named !== listed) {
      const text = `idx ${listed} is not ${arch}, which is ${named}`;
      this.rowRefusals.add('index-mismatch', line, text);
      return null;
    }
    return named;
  }
}

const wholeNumber = (text: string): number => (/^\d{1,9}$/.test(text.trim()) ? Number(text) : NaN);

function indexOfText(text: string): number | undefined {
  try {
    return cellIndex(parseCell(text.trim()));
  } catch {
    return undefined; // the reason is counted with the row
  }
}
