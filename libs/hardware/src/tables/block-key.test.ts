import { UnknownBlockError } from '@sextant/common';
import { describe, expect, it } from 'vitest';
import { publishedTable } from '../../testing';
import { blockTableLatencyMs, formatBlockKey, parseBlockKey } from './block-key';
import { proxylessFixedBlocks, proxylessSlots } from './proxyless-blocks';
import { TableReader } from './table-reader';

describe('a block’s name', () => {
  it.each([
    'Conv-input:224x224x3-output:112x112x32',
    'Logits-input:7x7x1280-output:1000',
    'expanded_conv-input:112x112x16-output:56x56x24-expand:3-kernel:5-stride:2-idskip:0',
    'expanded_conv-input:14x14x80-output:14x14x80-expand:6-kernel:7-stride:1-idskip:1-se:1-hs:1',
    'AvgPool2D-input:7x7x960-output:1x1x960',
    'expanded_conv-input:15x15x8-output:8x8x8-expand:3-kernel:3-stride:2-idskip:0',
  ])('%s is read and written back', (text) => {
    const key = parseBlockKey(text);
    expect(key && formatBlockKey(key)).toBe(text);
  });
  it.each([
    ['another layer', 'Pool-input:7x7x8-output:7x7x8'],
    [
      'a skip over a stride',
      'expanded_conv-input:14x14x8-output:7x7x8-expand:3-kernel:3-stride:2-idskip:1',
    ],
    [
      'a skip between widths',
      'expanded_conv-input:7x7x8-output:7x7x9-expand:3-kernel:3-stride:1-idskip:1',
    ],
    [
      'maps that do not shrink by the stride',
      'expanded_conv-input:14x14x8-output:14x14x8-expand:3-kernel:3-stride:2-idskip:0',
    ],
    [
      'half of what MobileNetV3 adds',
      'expanded_conv-input:7x7x8-output:7x7x8-expand:3-kernel:3-stride:1-idskip:1-se:1',
    ],
    ['a missing size', 'Conv-input:224x224-output:112x112x32'],
  ])('%s is none', (_, text) => {
    expect(parseBlockKey(text)).toBeNull();
  });
});

describe('ProxylessNAS’s space', () => {
  it('has 21 positions, 15 of which may be skipped, with six blocks each', () => {
    const slots = proxylessSlots();
    expect(slots).toHaveLength(21);
    expect(slots.filter(({ mayBeSkipped }) => mayBeSkipped)).toHaveLength(15);
    expect(new Set(slots.map(({ choices }) => choices.length))).toEqual(new Set([6]));
  });
  it('names the block that a table lacks', () => {
    expect(() => blockTableLatencyMs(new Map(), proxylessFixedBlocks)).toThrow(UnknownBlockError);
  });
});

const pixel = publishedTable('lut_proxyless_pixel/pixel.csv.gz');

describe.skipIf(!pixel.isPresent)(`ProxylessNAS’s table of the Pixel 1${pixel.without}`, () => {
  const table = () => {
    const reader = new TableReader({ profile: 'pixel1', keys: 'block', space: null });
    for (const { record, line } of pixel.records()) reader.add(record, line);
    return reader.finish();
  };
  const latencies = () => new Map(table().rows.map(({ key, value }) => [key, value]));

  it('is stored whole, with the counts behind its means', () => {
    const { rows, report } = table();
    expect(report).toEqual({
      rows: 72,
      accepted: { latencyMs: 72 },
      refused: [],
      suspicious: [],
    });
    expect(rows[0]).toMatchObject({ value: 4.3970379, n: 949 });
  });

  it('gives the sums of five networks', () => {
    const values = latencies();
    const slots = proxylessSlots();
    const of = ({ choices }: (typeof slots)[number]): number[] =>
      choices.map((choice) => blockTableLatencyMs(values, [choice]));
    const fixed = blockTableLatencyMs(values, proxylessFixedBlocks);
    const total = (pick: (slot: (typeof slots)[number]) => number): number =>
      slots.reduce((sum, slot) => sum + pick(slot), fixed);
    const mean = (slot: (typeof slots)[number]): number =>
      of(slot).reduce((sum, it) => sum + it, 0) / (6 + Number(slot.mayBeSkipped));
    expect(fixed).toBeCloseTo(15.65257, 5);
    expect(total(mean)).toBeCloseTo(108.95109, 5);
    expect(total((slot) => of(slot)[3] ?? 0)).toBeCloseTo(126.76565, 5);
    expect(total((slot) => Math.max(...of(slot)))).toBeCloseTo(180.97518, 5);
    expect(total((slot) => Math.min(...of(slot)))).toBeCloseTo(72.46242, 5);
    const skipped = (slot: (typeof slots)[number]) =>
      slot.mayBeSkipped ? 0 : Math.min(...of(slot));
    expect(total(skipped)).toBeCloseTo(32.70847, 5);
  });
});
