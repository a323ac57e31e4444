import { ShapeError, ValidationError } from '@sextant/common';
import { allCells } from '@sextant/search-space';
import { describe, expect, it } from 'vitest';
import {
  alignCellNodes,
  cellNodeOrder,
  cellNodePlaces,
  pooledCellPlaces,
  poolCellNodes,
} from './cell-nodes';
import { logProfile, minMaxProfile, nodeProfile } from './node-profile';
import { paperNodeSpaces } from './node-space';

describe('the profile of nodes', () => {
  it('is scaled within one architecture and proxy; constant, empty and NaN become 0', () => {
    expect([...minMaxProfile([2, 4, 3])]).toEqual([0, 1, 0.5]);
    expect([...minMaxProfile([7, 7])]).toEqual([0, 0]);
    expect([...minMaxProfile([Number.NaN, 2, 4])]).toEqual([0, 0.5, 1]);
    expect([...minMaxProfile([])]).toEqual([]);
  });

  it('forgets scale, which its logarithm keeps', () => {
    expect([...minMaxProfile([1, 2, 5])]).toEqual([...minMaxProfile([10, 20, 50])]);
    const [small, large] = [logProfile([1, 2]), logProfile([10, 20])];
    small.forEach((value, at) => expect(large[at]! - value).toBeCloseTo(Math.LN10, 9));
    expect([...logProfile([0, Number.NaN])]).toEqual([0, 0]);
  });

  it('is padded after it is scaled, proxy by proxy in the order of the space', () => {
    const nodes = { b: [3, 5], a: [1, 2, 4] };
    const space = { proxies: ['a', 'b'], maxNodes: 4 };
    expect([...nodeProfile(nodes, space, 'min-max')]).toEqual([0, 1 / 3, 1, 0, 0, 1, 0, 0]);
  });

  it('of NAS-Bench-201 has 294 numbers', () => {
    const nodes = { grad_norm: [1], snip: [1], synflow: [1] };
    expect(nodeProfile(nodes, paperNodeSpaces.nasBench201, 'min-max')).toHaveLength(294);
  });

  it('refuses more nodes than places and proxies without statistics', () => {
    const space = { proxies: ['a'], maxNodes: 1 };
    expect(() => nodeProfile({ a: [1, 2] }, space, 'min-max')).toThrow(ShapeError);
    expect(() => nodeProfile({ b: [1] }, space, 'min-max')).toThrow(ValidationError);
  });
});

describe('places of the nodes of cells', () => {
  it('are 98, each taken once, in the order of the network', () => {
    expect(cellNodePlaces).toBe(98);
    for (const cell of allCells().slice(0, 200)) {
      const order = cellNodeOrder(cell);
      const convolutions = cell.filter((operation) => operation === 2 || operation === 3).length;
      expect(order).toHaveLength(8 + 15 * convolutions);
      expect(order.every((place, at) => at === 0 || place > order[at - 1]!)).toBe(true);
      expect(order.at(-1)).toBe(97);
    }
  });

  it('mean the same edge in every cell', () => {
    const values = Float64Array.from({ length: 8 + 15 }, (_, at) => at + 1);
    const aligned = alignCellNodes([0, 0, 0, 0, 3, 0], values);
    expect(aligned[0]).toBe(1);
    // Edge 4 of the first cell, then of the second; the first convolution between stages.
    expect([aligned[1 + 4], aligned[1 + 6 + 4], aligned[31]]).toEqual([2, 3, 7]);
    expect(aligned.filter((value) => value === 0)).toHaveLength(98 - 23);
    expect(() => alignCellNodes([3, 3, 3, 3, 3, 3], values)).toThrow(ShapeError);
  });

  it('are pooled to one cell a stage by their geometric mean, absent ones left out', () => {
    const aligned = new Float64Array(cellNodePlaces);
    aligned[0] = 3;
    [1, 4, 16, 4, 0].forEach((value, cell) => (aligned[1 + 6 * cell + 2] = value));
    [5, 6, 7].forEach((value, at) => (aligned[31 + at] = value));
    aligned[34 + 5] = -2;
    aligned[97] = 9;
    const pooled = poolCellNodes(aligned);
    expect(pooledCellPlaces).toBe(26);
    const expected = { 0: 3, 3: 4, 7: 5, 8: 6, 9: 7, 15: 2, 25: 9 };
    pooled.forEach((value, place) =>
      expect(value, String(place)).toBeCloseTo(expected[place as keyof typeof expected] ?? 0, 9),
    );
    expect(() => poolCellNodes([1])).toThrow(ShapeError);
  });
});
