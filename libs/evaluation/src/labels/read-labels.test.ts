import { cellAt, cellHash, formatCell, sample, searchSpaces, encode } from '@sextant/search-space';
import { rng } from '@sextant/common';
import { describe, expect, it } from 'vitest';
import { scorableSpace } from '../zero-cost/scorable-space';
import { LabelReader } from './read-labels';

const cells = scorableSpace('nas-bench-201');
const text = formatCell(cellAt(7));
const id = cellHash(cellAt(7));

function read(rows: (Record<string, unknown> | null)[], unit: 'fraction' | 'percent' = 'fraction') {
  const reader = new LabelReader(cells, unit);
  rows.forEach((row, at) => reader.add(row, at + 1));
  return reader.finish();
}

describe('a label', () => {
  it('names its architecture by text, official number or candidate; all are one network', () => {
    const { labels, refusals } = read([
      { architecture: text, accuracy: 0.5 },
      { index: '8', accuracy: '0.6', architecture: '' },
      { candidate: id, accuracy: 0.7 },
    ]);
    expect(refusals).toEqual([]);
    expect(labels.map(({ candidateId }) => candidateId)).toEqual([id, cellHash(cellAt(8)), id]);
    expect(labels.map(({ isReference }) => isReference)).toEqual([false, false, true]);
    expect(labels.map(({ accuracy }) => accuracy)).toEqual([0.5, 0.6, 0.7]);
  });

  it('is refused with its line and the reason', () => {
    const { rows, labels, refusals, repeated } = read([
      null,
      { accuracy: 0.5 },
      { architecture: text, index: 1, accuracy: 0.5 },
      { architecture: text },
      { architecture: text, accuracy: 'high' },
      { architecture: text, accuracy: 0.5, seed: 1 },
      { architecture: '|nor_conv_9x9~0|', accuracy: 0.5 },
      { index: 15_625, accuracy: 0.5 },
      { architecture: text, accuracy: 91.2 },
      { architecture: text, accuracy: 0.5 },
      { index: 7, accuracy: 0.5 },
      { index: 7, accuracy: 0.6 },
    ]);
    expect([rows, labels.length, repeated]).toEqual([12, 1, 1]);
    expect(refusals.map(({ line, code }) => `${line} ${code}`)).toEqual([
      '1 malformed',
      '2 malformed',
      '3 malformed',
      '4 malformed',
      '5 malformed',
      '6 malformed',
      '7 not-in-space',
      '8 not-in-space',
      '9 out-of-range',
      '12 contradiction',
    ]);
    expect(refusals.at(-2)!.message).toContain('unit=percent');
    expect(refusals.find(({ line }) => line === 6)!.message).toContain('seed');
  });

  it('may be in per cent', () => {
    expect(read([{ index: 1, accuracy: 91.25 }], 'percent').labels[0]!.accuracy).toBe(0.9125);
    expect(read([{ index: 1, accuracy: 101 }], 'percent').refusals[0]!.code).toBe('out-of-range');
  });

  it('of a space given as data names its architecture by the encoding', () => {
    const space = searchSpaces['mbconv-fashion-mnist-v1'];
    const encoding = [...encode(space, sample(space, rng(1)))];
    const reader = new LabelReader(scorableSpace(space.name), 'fraction');
    reader.add({ architecture: encoding, accuracy: 0.5 }, 1);
    reader.add({ architecture: JSON.stringify(encoding), accuracy: '0.5' }, 2);
    reader.add({ index: 1, accuracy: 0.5 }, 3);
    reader.add({ architecture: [1], accuracy: 0.5 }, 4);
    const { labels, repeated, refusals } = reader.finish();
    expect([labels.length, repeated]).toEqual([1, 1]);
    expect(refusals.map(({ code }) => code)).toEqual(['not-in-space', 'not-in-space']);
  });
});
