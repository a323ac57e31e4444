import { ShapeError, rng } from '@sextant/common';
import {
  allCells,
  hasUnreachableEdge,
  parseCell,
  sample,
  sampleCell,
  searchSpaces,
} from '@sextant/search-space';
import { describe, expect, it } from 'vitest';
import { cellFeatures } from './cell-features';
import {
  columnCount,
  groupOfColumn,
  selectColumns,
  withKnownDevices,
  type FeatureMap,
} from './feature-layout';
import { mbconvFeatures, ofaFeatures } from './mbconv-features';

/** A row is as wide as its layout, finite, and the same when asked again. */
function fits<A>(features: FeatureMap<A>, architectures: readonly A[]): void {
  for (const architecture of architectures) {
    const row = features.of(architecture);
    expect(row).toHaveLength(columnCount(features.layout));
    expect(row.every(Number.isFinite)).toBe(true);
    expect(features.of(architecture)).toEqual(row);
  }
}

describe('cellFeatures', () => {
  it('describe a cell by hand', () => {
    const cell = parseCell(
      '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_1x1~1|nor_conv_3x3~2|',
    );
    const row = cellFeatures.of(cell);
    expect([...row.slice(30)]).toEqual([
      153.27296,
      1.073466, // million MACs and parameters
      0,
      1,
      1,
      4,
      0, // operations
      3,
      3,
      27,
      0, // 0→1→2→3: three 3×3 convolutions, no pooling
      3,
      4, // node 2 adds two maps, node 3 three; every path is open
    ]);
  });

  it('tell all reachable cells apart', () => {
    const cells = allCells().filter((cell) => !hasUnreachableEdge(cell));
    expect(new Set(cells.map((cell) => cellFeatures.of(cell).join())).size).toBe(cells.length);
  });

  it('fit their layout', () => {
    const draw = rng(3);
    fits(
      cellFeatures,
      Array.from({ length: 50 }, () => sampleCell(draw)),
    );
  });
});

describe('mbconvFeatures', () => {
  it.each(Object.entries(searchSpaces))('fit their layout on %s', (_, space) => {
    const draw = rng(4);
    fits(
      mbconvFeatures(space),
      Array.from({ length: 20 }, () => sample(space, draw)),
    );
  });
});

describe('ofaFeatures', () => {
  const subnet = {
    kernels: new Array<number>(20).fill(5),
    expansions: new Array<number>(20).fill(4),
    depths: [2, 3, 4, 2, 3],
    resolution: 112,
  };

  it('have one column per block in use, again times the area', () => {
    const row = ofaFeatures.of(subnet);
    expect(row.slice(0, 180).reduce((sum, it) => sum + it, 0)).toBe(14);
    expect(row.slice(180, 360).reduce((sum, it) => sum + it, 0)).toBe(14 / 4);
    expect([...row.slice(360)]).toEqual([0.25, 14, 14 * 25, 14 * 4]);
    // Third block of the first stage is skipped: its nine columns are 0.
    expect(row.slice(18, 27).every((it) => it === 0)).toBe(true);
  });

  it('refuse another space', () => {
    expect(() => ofaFeatures.of({ ...subnet, depths: [2] })).toThrow(ShapeError);
  });
});

describe('layouts', () => {
  it('give groups, columns by role, and known devices as logarithms', () => {
    const features = withKnownDevices(cellFeatures, ['a', 'b'], () => [1, Math.E]);
    expect([...features.of([0, 0, 0, 0, 0, 0]).slice(-2)]).toEqual([0, 1]);
    expect(groupOfColumn(features.layout).slice(-3)).toEqual([4, 5, 5]);
    const { columns } = selectColumns(features.layout, ({ role }) => role === 'known');
    expect(columns).toEqual([43, 44]);
    const wrong = withKnownDevices(cellFeatures, ['a', 'b'], () => [1]);
    expect(() => wrong.of([0, 0, 0, 0, 0, 0])).toThrow(ShapeError);
  });
});
