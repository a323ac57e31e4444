import { TableRefusedError, ValidationError } from '@sextant/common';
import type { HardwareMetric } from '@sextant/contracts';
import { cellAt, cellKey, formatCell } from '@sextant/search-space';
import { describe, expect, it } from 'vitest';
import { publishedTable } from '../../testing';
import { TableReader, type TableRecord } from './table-reader';
import type { TableRequest } from './table-layout';

const request: TableRequest = {
  profile: 'board',
  keys: 'architecture',
  space: 'nas-bench-201',
};

function read(records: readonly (TableRecord | null)[], more: Partial<TableRequest> = {}) {
  const reader = new TableReader({ ...request, ...more });
  records.forEach((record, at) => reader.add(record, at + 2));
  return reader.finish();
}

const keyAt = (index: number): string => cellKey(cellAt(index));

describe('a table', () => {
  it('names architectures by index, string or key', () => {
    const names = ['7', formatCell(cellAt(8)), keyAt(9)];
    const { rows } = read(names.map((architecture) => ({ architecture, value: '1.5e1' })));
    expect(rows.map(({ key, value, n }) => [key, value, n])).toEqual([
      [keyAt(7), 15, null],
      [keyAt(8), 15, null],
      [keyAt(9), 15, null],
    ]);
  });

  it('is refused row by row, each with its reason, and the rest is kept', () => {
    const { rows, report } = read([
      { idx: '0', latencyMs: '1' },
      { idx: '0', latencyMs: '2' },
      { idx: '1', latencyMs: '-1' },
      { idx: '2', latencyMs: '0' },
      { idx: '3', latencyMs: '' },
      { idx: '4', latencyMs: 'NaN' },
      { idx: '15625', latencyMs: '1' },
      { idx: '|none~0|', latencyMs: '1' },
      { idx: '', latencyMs: '1' },
      { idx: '5', latencyMs: '0x10' },
      null,
    ]);
    expect(rows).toMatchObject([{ key: keyAt(0), value: 1 }]);
    expect(report).toMatchObject({ rows: 11, accepted: { latencyMs: 1 } });
    const told = report.refused.map(({ metric, reason, count, lines }) => [
      metric,
      reason,
      count,
      lines,
    ]);
    expect(told).toEqual([
      ['latencyMs', 'duplicate', 1, [3]],
      ['latencyMs', 'not-positive', 2, [4, 5]],
      ['latencyMs', 'missing', 1, [6]],
      ['latencyMs', 'not-a-number', 2, [7, 11]],
      [null, 'unknown-architecture', 2, [8, 9]],
      [null, 'missing', 1, [10]],
      [null, 'malformed', 1, [12]],
    ]);
  });

  it('keeps a row’s good metric where its other is bad', () => {
    const { report } = read([
      { idx: '0', board_latency: '1', board_energy: '-1', other_latency: 'x' },
      { idx: '1', board_latency: '', board_energy: '2', other_latency: 'x' },
    ]);
    expect(report.accepted).toEqual({ latencyMs: 1, energyMj: 1 });
    expect(report.refused.map(({ metric, reason }) => [metric, reason])).toEqual([
      ['energyMj', 'not-positive'],
      ['latencyMs', 'missing'],
    ]);
  });

  it('takes a spread and a count where it has them, and refuses one that contradicts the value', () => {
    const { rows, report } = read([
      { idx: '0', value: '5', p10: '4', p90: '6', n: '50' },
      { idx: '1', value: '5', p10: '5.5', p90: '6', n: '50' },
      { idx: '2', value: '5', p10: '', p90: '', n: '' },
      { idx: '3', value: '5', p10: '4', p90: '6', n: '1.5' },
    ]);
    expect(rows).toMatchObject([
      { p10: 4, p90: 6, n: 50 },
      { p10: 5, p90: 5, n: null },
    ]);
    expect(report.refused).toMatchObject([{ reason: 'bad-spread', count: 2, lines: [3, 5] }]);
  });

  it('points out values far below the others', () => {
    const values = [10, 11, 12, 13, 0.1];
    const { report } = read(values.map((value, at) => ({ idx: at, value })));
    expect(report.suspicious).toEqual([
      { metric: 'latencyMs', reason: 'near-zero', below: 0.11, count: 1, lines: [6] },
    ]);
  });

  it('of which nothing can be used is an error that says why', () => {
    const all = () => read([{ idx: '0', value: '-1' }]);
    expect(all).toThrow(TableRefusedError);
    expect(all).toThrow('1 × not-positive in latencyMs (first in line 2)');
    expect(() => read([])).toThrow('no rows');
  });

  it.each([
    ['no key column', { name: '0', value: '1' }, {}, /no column names the architectures/],
    ['no known metric', { idx: '0', x_latency: '1' }, {}, /Columns: idx, x_latency/],
    ['a column that is not there', { idx: '0' }, { columns: { latencyMs: 'y' } }, /no column "y"/],
  ])('is refused whole with %s', (_, record: TableRecord, more, message) => {
    expect(() => read([record], more)).toThrow(ValidationError);
    expect(() => read([record], more)).toThrow(message);
  });

  it('is read by the columns that are named, whatever the others', () => {
    const record = { id: '3', a: '1', latencyMs: '2' };
    const { rows } = read([record], { keyColumn: 'id', columns: { energyMj: 'a' } });
    expect(rows).toMatchObject([{ metric: 'energyMj', value: 1, key: keyAt(3) }]);
  });

  it('of another space names candidates by their hash alone', () => {
    const key = 'ab'.repeat(16);
    const records = [
      { key, value: '1' },
      { key: '7', value: '1' },
    ];
    const { rows, report } = read(records, { space: null });
    expect(rows).toMatchObject([{ key }]);
    expect(report.refused).toMatchObject([{ reason: 'unknown-architecture', lines: [3] }]);
  });
});

const hwNasBench = publishedTable('hw_nas_bench/nb201_cifar10.csv.gz');

describe.skipIf(!hwNasBench.isPresent)(`HW-NAS-Bench on CIFAR-10${hwNasBench.without}`, () => {
  const device = (profile: string) => {
    const reader = new TableReader({ ...request, profile });
    for (const { record, line } of hwNasBench.records()) reader.add(record, line);
    return reader.finish();
  };
  const valueAt = (
    { rows }: ReturnType<typeof device>,
    index: number,
    metric: HardwareMetric,
  ): number | undefined =>
    rows.find(({ key, metric: it }) => key === keyAt(index) && it === metric)?.value;

  it('edgetpu: exactly 4,699 rows of -1 are refused', () => {
    const { report } = device('edgetpu');
    expect(report.rows).toBe(15_625);
    expect(report.accepted).toEqual({ latencyMs: 15_625 - 4699 });
    expect(report.refused).toMatchObject([
      { metric: 'latencyMs', reason: 'not-positive', count: 4699, example: '-1' },
    ]);
    expect(report.refused[0]?.lines).toHaveLength(10);
  });

  it.each([
    ['raspi4', 201],
    ['pixel3', 203],
  ])('%s: %i near-zero rows are stored and pointed out', (profile, count) => {
    const { report } = device(profile);
    expect(report.accepted).toEqual({ latencyMs: 15_625 });
    expect(report.suspicious).toMatchObject([{ reason: 'near-zero', count }]);
  });

  it('index 0 has its published latency and energy on each device', () => {
    const edgegpu = device('edgegpu');
    expect(valueAt(edgegpu, 0, 'latencyMs')).toBeCloseTo(5.8074, 4);
    expect(valueAt(edgegpu, 0, 'energyMj')).toBeCloseTo(24.2266, 4);
    expect(valueAt(device('fpga'), 0, 'energyMj')).toBeCloseTo(18.0107, 4);
    expect(edgegpu.report.refused).toEqual([]);
  });
});

const help = publishedTable('nb201_latency/help_8dev.csv.gz');

it.skipIf(!help.isPresent)(`HELP’s devices are found by name${help.without}`, () => {
  const reader = new TableReader({ ...request, profile: 'gold-6240' });
  for (const { record, line } of help.records()) reader.add(record, line);
  const { rows, report } = reader.finish();
  expect(report.accepted).toEqual({ latencyMs: 15_625 });
  expect(rows.find(({ key }) => key === keyAt(0))?.value).toBe(6.6145);
});
