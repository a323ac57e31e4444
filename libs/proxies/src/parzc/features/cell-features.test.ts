import { cellMacs, parseCell } from '@sextant/search-space';
import { describe, expect, it } from 'vitest';
import { scoresOf } from '../../../testing';
import { cellFamily } from '../../zero-cost/families/cell-family';
import { cellFeatures } from './cell-features';
import { parzcProxies, sequenceFeatures, type ScoredNetwork } from './scored-network';

/** Five cells a stage, as the features expect, and otherwise small. */
const family = cellFamily({
  ...{ inChannels: 3, channels: 4, cellsPerStage: 5, classes: 4, height: 8, width: 8 },
});
const cell = parseCell(
  '|nor_conv_3x3~0|+|skip_connect~0|nor_conv_1x1~1|+|none~0|avg_pool_3x3~1|nor_conv_3x3~2|',
);
/** The convolution of edge 2 hears nothing; the pooling of edge 1 is heard by nobody. */
const unreachable = [0, 4, 3, 3, 0, 0];
const reached = [0, 0, 0, 3, 0, 0];
const silent = [0, 0, 0, 0, 0, 0];
const all = await scoresOf({ family, proxies: parzcProxies }, [cell, unreachable, reached, silent]);
const scored = all.map(({ scores, failures, nodes }): ScoredNetwork => ({
  scores: {
    ...(scores as Record<string, number>),
    ...Object.fromEntries(Object.keys(failures).map((name) => [name, Number.NaN])),
  },
  nodes: nodes,
}));

describe('features of a cell', () => {
  const { macs, encoding, scores, nodes } = cellFeatures(cell, scored[0]!);

  it('are layers pooled to one cell a stage, the maps that ReLUs read, and what cells hand on', () => {
    const lengths = Object.entries(nodes!).map(([name, values]) => [name, values.length]);
    expect(Object.fromEntries(lengths)).toEqual({
      ...{ grad_norm: 26, snip: 26, synflow: 26, agreement: 50, effective_rank: 15, power: 15 },
    });
    const at = all[0]!.layers.indexOf('stages.1.cells.0.edges.0.conv3');
    // Edges 0, 2 and 5 are convolutions: the next cell's first is three layers on.
    const own = [0, 1, 2, 3, 4].map((it) => all[0]!.nodes.snip![at + 3 * it]!);
    const mean = Math.exp(own.reduce((sum, value) => sum + Math.log(value) / 5, 0));
    expect(nodes!['snip']![1 + 9]).toBeCloseTo(mean, 9);
  });

  it('come with costs, the encoding, and scores: of maps and blocks none but what is read stage by stage', () => {
    expect(macs).toBe(cellMacs(cell));
    expect(encoding).toHaveLength(30);
    expect(Object.keys(scores)).toEqual([
      ...['grad_norm', 'snip', 'plain', 'synflow', 'flow', 'nwot', 'input_correlation'],
      ...['input_gradient', 'logit_spread', 'expressivity_1', 'expressivity_2', 'expressivity_3'],
      ...['expressivity', 'progressivity'],
    ]);
    const ranks = Array.from(nodes!['effective_rank']!, Math.log);
    expect(scores['expressivity']).toBeCloseTo(
      ranks.reduce((sum, rank) => sum + rank, 0),
      9,
    );
    ranks.forEach((rank, place) => {
      expect(rank).toBeGreaterThan(0);
      expect(rank).toBeLessThanOrEqual(Math.log(4 * 2 ** Math.floor(place / 5)) + 1e-6);
    });
  });

  it('are those of what is on a path from input to output', () => {
    expect(cellFeatures(unreachable, scored[1]!)).toEqual(cellFeatures(reached, scored[2]!));
  });

  it('of a cell without a path have failed scores and ranks of 1', () => {
    const none = cellFeatures(silent, scored[3]!);
    expect(none.scores['synflow']).toBeNaN();
    expect(none.scores['flow']).toBeNaN();
    expect([...Array.from(none.nodes!['effective_rank']!)]).toEqual(new Array(15).fill(1));
    expect(none.nodes!['grad_norm']).toHaveLength(26);
  });

  it('need not have every proxy', () => {
    const only = { scores: { snip: 1 }, nodes: {} };
    expect(cellFeatures(cell, only)).toMatchObject({ scores: { snip: 1 }, nodes: {} });
  });
});

describe('features of a network without places', () => {
  it('are padded in its order; sizes and `plain` are no statistics', () => {
    const known = { macs: 1, paramCount: 2, encoding: [1] };
    const nodes = { snip: [3, 4], params: [5, 6], plain: [7, 8], power: [9] };
    const features = sequenceFeatures(known, { scores: { snip: 7 }, nodes }, 3);
    expect(features).toMatchObject({ ...known, scores: { snip: 7 } });
    expect(features.nodes).toEqual({
      snip: Float64Array.of(3, 4, 0),
      power: Float64Array.of(9, 0, 0),
    });
  });
});
