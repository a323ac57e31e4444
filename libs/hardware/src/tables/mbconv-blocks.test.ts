import {
  parseSearchSpace,
  searchSpaces,
  minArchitecture,
  type Architecture,
} from '@sextant/search-space';
import { describe, expect, it } from 'vitest';
import { publishedTable } from '../../testing';
import { blockTableCost } from './mbconv-blocks';
import { TableReader } from './table-reader';

/** ProxylessNAS's space as data: its searchable blocks, without leaving any out but the last of a stage. */
const widths = [24, 40, 80, 96, 192, 320];
const strides = [2, 2, 2, 1, 2, 1];
const space = parseSearchSpace({
  family: 'mbconv',
  name: 'proxyless',
  input: { channels: 3 },
  classes: 1000,
  activation: 'relu6',
  resolution: [224],
  stem: { width: [32], stride: 2 },
  stages: [
    { width: [16], depth: [1], kernel: [3], expansion: [1], stride: 1 },
    ...widths.map((width, at) => ({
      width: [width],
      depth: at === 5 ? [1] : [1, 2, 3, 4],
      kernel: [3, 5, 7],
      expansion: [3, 6],
      stride: strides[at],
    })),
  ],
  perBlock: ['kernel', 'expansion'],
  shortcut: 'identity',
  head: { type: 'plain', width: [1280] },
});
const network = (kernel: number, expansion: number): Architecture => ({
  resolution: 224,
  stemWidth: 32,
  stages: [
    { width: 16, blocks: [{ kernel: 3, expansion: 1 }] },
    ...widths.map((width, at) => ({
      width,
      blocks: Array.from({ length: at === 5 ? 1 : 4 }, () => ({ kernel, expansion })),
    })),
  ],
  headWidth: 1280,
});

const pixel = publishedTable('lut_proxyless_pixel/pixel.csv.gz');

describe.skipIf(!pixel.isPresent)(`ProxylessNAS’s table of a Pixel${pixel.without}`, () => {
  const read = (): Map<string, number> => {
    const reader = new TableReader({ profile: 'pixel', keys: 'block', space: null });
    for (const { record, line } of pixel.records()) reader.add(record, line);
    return new Map(reader.finish().rows.map(({ key, value }) => [key, value]));
  };

  it('gives the network of kernels 3 and expansions 6 its 126.77 ms', () => {
    expect(blockTableCost(read(), space, network(3, 6))).toBeCloseTo(126.76565, 4);
  });

  it('does not know a network of another resolution', () => {
    expect(blockTableCost(read(), space, { ...network(3, 6), resolution: 192 })).toBeNull();
  });
});

describe('a lookup table of blocks', () => {
  const fashion = searchSpaces['mbconv-fashion-mnist-v1'];
  const smallest = minArchitecture(fashion);
  const block = 'expanded_conv-input:';
  const rows: [string, number][] = [
    ['Conv-input:20x20x1-output:10x10x8', 1],
    [`${block}10x10x8-output:10x10x12-expand:2-kernel:3-stride:1-idskip:0`, 2],
    [`${block}10x10x12-output:5x5x20-expand:2-kernel:3-stride:2-idskip:0`, 4],
    [`${block}5x5x20-output:3x3x40-expand:2-kernel:3-stride:2-idskip:0`, 8],
    ['Logits-input:3x3x40-output:10', 16],
  ];

  it('adds up a network of the space, with pooling beside the classifier or in it', () => {
    expect(blockTableCost(new Map(rows), fashion, smallest)).toBe(31);
    const apart: [string, number][] = [
      ...rows.slice(0, 4),
      ['AvgPool2D-input:3x3x40-output:1x1x40', 32],
      ['Logits-input:1x1x40-output:10', 64],
    ];
    expect(blockTableCost(new Map(apart), fashion, smallest)).toBe(111);
  });

  it('says nothing where a block is not in it, or has no name in this form', () => {
    expect(blockTableCost(new Map(rows.slice(1)), fashion, smallest)).toBeNull();
    const table = new Map(rows);
    expect(blockTableCost(table, { ...fashion, activation: 'swish' }, smallest)).toBeNull();
    expect(blockTableCost(table, { ...fashion, shortcut: 'conv' }, smallest)).toBeNull();
  });
});
