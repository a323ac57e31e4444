import { ValidationError } from '@sextant/common';
import { cellAt, cellCount, formatCell } from '@sextant/search-space';
import { describe, expect, it } from 'vitest';
import { CellTableReader, type CellTable } from './cell-table';
import type { TableKind } from './cell-table-columns';

const read = (kind: TableKind, text: string): CellTable => {
  const [header = '', ...lines] = text.split('\n');
  const reader = new CellTableReader(kind, header.split(','));
  lines.forEach((line, at) => reader.add(line.split(','), at + 2));
  return reader.finish();
};

const arch = (index: number) => formatCell(cellAt(index));
const refusals = ({ refused }: CellTable) =>
  refused.map(({ what, reason, count }) => [what, reason, count]);

describe('a table of accuracies', () => {
  it('gives each column by official index, as fractions, with what its name says', () => {
    const text = `idx,arch,ops,c10_val_200,c100_test_12,in16_train_seconds_12
7,${arch(7)},x,91.57,33.1,86.653
3,${arch(3)},x,85.8633,0,1`;
    const { columns, ...table } = read('accuracies', text);
    expect(table).toEqual({
      ignoredColumns: ['ops'],
      rows: 2,
      acceptedRows: 2,
      acceptedValues: 6,
      refused: [],
    });
    expect(columns.map(({ values: _, ...description }) => description)).toEqual([
      {
        name: 'c10_val_200',
        kind: 'accuracy',
        dataset: 'cifar10',
        split: 'validation',
        epochs: 200,
        images: 25_000,
      },
      {
        name: 'c100_test_12',
        kind: 'accuracy',
        dataset: 'cifar100',
        split: 'test',
        epochs: 12,
        images: 5000,
      },
      {
        name: 'in16_train_seconds_12',
        kind: 'seconds',
        dataset: 'imagenet16-120',
        split: null,
        epochs: 12,
        images: null,
      },
    ]);
    const [validation] = columns;
    expect(validation?.values).toHaveLength(cellCount);
    expect([validation?.values[7], validation?.values[3], validation?.values[4]]).toEqual([
      0.9157,
      0.858633,
      null,
    ]);
  });

  it('counts what it refuses by reason, keeps the first examples, and takes the rest', () => {
    const text = `idx,arch,c10_val_200,c10_test_200
0,${arch(0)},90,91
1,${arch(2)},90,91
2,|none|,90,91
15625,${arch(2)},90,91
0,${arch(0)},80,81
4,${arch(4)},101,91
5,${arch(5)},,91
6,${arch(6)},0x10,91
8,${arch(8)},-1,`;
    const table = read('accuracies', text);
    expect(refusals(table)).toEqual([
      ['row', 'index-mismatch', 1],
      ['row', 'unknown-architecture', 2],
      ['row', 'duplicate', 1],
      ['value', 'out-of-range', 2],
      ['value', 'missing', 2],
      ['value', 'not-a-number', 1],
    ]);
    expect(table).toMatchObject({ rows: 9, acceptedRows: 5, acceptedValues: 5 });
    expect(table.refused[1]?.examples).toEqual([
      { line: 4, text: '|none|' },
      { line: 5, text: 'idx 15625' },
    ]);
    expect(table.columns[0]?.values.slice(0, 9)).toEqual([0.9, ...Array<null>(8).fill(null)]);
  });

  it('needs one of idx and arch only', () => {
    expect(read('accuracies', `idx,c10_val_200\n5,50`).columns[0]?.values[5]).toBe(0.5);
    expect(read('accuracies', `arch,c10_val_200\n${arch(5)},50`).columns[0]?.values[5]).toBe(0.5);
  });

  it.each([
    ['', /neither idx nor arch/],
    ['c10_val_200', /neither idx nor arch/],
    ['idx,arch,accuracy', /no column of accuracies/],
    ['idx,c10_val_200,c10_val_200', /c10_val_200" twice/],
    ['idx,idx,c10_val_200', /idx" twice/],
  ])('is refused for its header "%s"', (header, message) => {
    expect(() => new CellTableReader('accuracies', header === '' ? [] : header.split(','))).toThrow(
      message,
    );
    expect(() => new CellTableReader('accuracies', header.split(','))).toThrow(ValidationError);
  });
});

describe('a table of proxies', () => {
  it('takes every score but those of an overflow', () => {
    const table = read('proxies', `idx,synflow,Bad Name,zen\n0,1e2,1,-1e8\n1,-.5,1,100000000`);
    expect(table.columns.map(({ name, values }) => [name, values[0], values[1]])).toEqual([
      ['synflow', 100, -0.5],
      ['zen', null, null],
    ]);
    expect(table.ignoredColumns).toEqual(['Bad Name']);
    expect(refusals(table)).toEqual([['value', 'degenerate', 2]]);
  });
});
