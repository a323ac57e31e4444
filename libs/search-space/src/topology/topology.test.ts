import { InvalidArchitectureError, InvalidSearchSpaceError, rng } from '@sextant/common';
import { describe, expect, it } from 'vitest';
import {
  allPaths,
  fixedMacs,
  fullTopology,
  parseTopology,
  parseTopologySpace,
  pruneTopology,
  sampleTopology,
  topologyKey,
  topologyMacs,
  topologySpaces,
  topologyUnits,
  unitMacs,
  type Topology,
} from '.';

const small = topologySpaces['scenes-small'];
const size = { height: 64, width: 64 };
const units = topologyUnits(small);
const only = (...names: readonly string[]): Topology =>
  units.map(({ name }) => (names.includes(name) ? 1 : 0));

describe('units of a topology space', () => {
  it('are the residual blocks of each stage, then the twelve edges behind it', () => {
    expect(units.map(({ kind }) => kind).join(' ')).toBe(
      [
        ...Array<string>(7 + 11).fill('block'),
        ...Array<string>(12).fill('fusion'),
        ...Array<string>(11).fill('block'),
        ...Array<string>(12).fill('fusion'),
        ...Array<string>(11).fill('block'),
      ].join(' '),
    );
    expect(new Set(units.map(({ name }) => name)).size).toBe(units.length);
  });

  it('leave the first block of a path, and one that changes its width, in every network', () => {
    const backbone = topologyUnits(topologySpaces['fbnet-v3-a']).filter(
      (unit) => unit.kind === 'block' && unit.stage === 0,
    );
    expect(backbone.map(({ name }) => name)).not.toContain('stages.0.paths.2.blocks.5');
    expect(backbone).toHaveLength(3 + 4 + 9 + 5);
  });

  it('are the same in spaces that take each other’s architectures', () => {
    expect(topologyUnits(topologySpaces['scenes-large']).map(({ name }) => name)).toEqual(
      units.map(({ name }) => name),
    );
  });
});

describe('the cost of a topology', () => {
  it('is a fixed part and one number per unit, which add up', () => {
    const costs = unitMacs(small, size);
    const draw = sampleTopology(small, 0.5, rng(1));
    const sum = costs.reduce((total, cost, at) => total + cost * (draw[at] as number), 0);
    expect(topologyMacs(small, draw, size)).toBe(fixedMacs(small, size) + sum);
    // 16×16 pixels of 8 channels, expanded twice, 5×5: 256·(8·16 + 16·25 + 16·8).
    expect(costs[units.findIndex(({ name }) => name === 'stages.0.paths.0.blocks.1')]).toBe(167936);
    // From 16×16×8 to 2×2×72 and back, on 2×2 pixels both ways.
    for (const name of ['fusions.1.edges.0-3', 'fusions.1.edges.3-0']) {
      expect(costs[units.findIndex((unit) => unit.name === name)]).toBe(4 * 8 * 72);
    }
  });

  it('of the backbone of FBNetV3-D at 248 with its head is what is published, within 1 %', () => {
    const row = (
      count: number,
      width: number,
      kernel: number,
      expansion: number,
      squeezeExcite = false,
    ) => Array.from({ length: count }, () => ({ width, kernel, expansion, squeezeExcite }));
    const space = parseTopologySpace({
      ...topologySpaces['fbnet-v3-a'],
      name: 'fbnet-v3-d',
      stem: { width: 24, blocks: row(2, 16, 3, 1) },
      paths: [
        [...row(1, 24, 3, 5), ...row(5, 24, 3, 2)],
        [...row(1, 40, 5, 4, true), ...row(4, 40, 3, 3, true)],
        [
          ...[...row(1, 72, 3, 5), ...row(4, 72, 3, 3)],
          ...[...row(1, 128, 3, 5, true), ...row(6, 128, 5, 3, true)],
        ],
        [...row(1, 208, 3, 6, true), ...row(5, 208, 5, 5, true), ...row(1, 240, 5, 6, true)],
      ],
    });
    const backbone = topologyUnits(space).map((unit) =>
      unit.kind === 'block' && unit.stage === 0 ? 1 : 0,
    );
    const head = 240 * 1440 * 64 + 1440 * 1984 + 1984 * 1000;
    const counted = topologyMacs(space, backbone, { height: 248, width: 248 }) + head;
    expect(Math.abs(counted / 644.42e6 - 1)).toBeLessThan(0.01);
  });
});

describe('pruneTopology', () => {
  it('keeps what reaches a head over an edge, and the backbone up to the deepest path in use', () => {
    const kept = only(
      'stages.0.paths.3.blocks.1',
      'stages.1.paths.3.blocks.0',
      'stages.1.paths.1.blocks.0',
      'fusions.1.edges.3-0',
      'stages.2.paths.0.blocks.0',
    );
    expect(pruneTopology(small, kept, [0])).toEqual(
      only(
        'stages.0.paths.3.blocks.1',
        'stages.1.paths.3.blocks.0',
        'fusions.1.edges.3-0',
        'stages.2.paths.0.blocks.0',
      ),
    );
    const withoutEdge = kept.map((bit, at) =>
      units[at]?.name === 'fusions.1.edges.3-0' ? 0 : bit,
    );
    const pruned = pruneTopology(small, withoutEdge, [0]);
    expect(pruned).toEqual(only('stages.2.paths.0.blocks.0'));
    expect(topologyMacs(small, pruned, size, [0])).toBeLessThan(
      topologyMacs(small, pruned, size, allPaths),
    );
  });

  it('changes nothing where every path is read', () => {
    for (const keep of [0.2, 0.8]) {
      const draw = sampleTopology(small, keep, rng(2));
      expect(pruneTopology(small, draw, allPaths)).toEqual(draw);
    }
  });
});

describe('architectures as text', () => {
  it('come back, and are refused with another length or letters', () => {
    const full = fullTopology(small);
    expect(parseTopology(small, topologyKey(full))).toEqual(full);
    expect(() => parseTopology(small, '101')).toThrow(InvalidArchitectureError);
    expect(() => parseTopology(small, '2'.repeat(full.length))).toThrow(/no text of 0 and 1/);
  });
});

describe('parseTopologySpace', () => {
  it('says where a space is wrong', () => {
    const broken = { ...small, stages: 0, colour: 'red' };
    expect(() => parseTopologySpace(broken)).toThrow(InvalidSearchSpaceError);
    expect(() => parseTopologySpace({ ...small, paths: small.paths.slice(1) })).toThrow(/\/paths/);
  });
});
