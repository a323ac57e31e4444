import { InfeasibleConstraintError, NotFoundError, ValidationError } from '@sextant/common';
import { CreateSearch, rankedProxies, ZeroCostOptions, type SearchBy } from '@sextant/contracts';
import { azNasComponents, parzcProxies, rankMeanScores } from '@sextant/proxies';
import {
  allCells,
  canonicalCell,
  cellAt,
  cellHash,
  cellIndex,
  cellMacs,
  cellParams,
  costRange,
  decode,
  formatCell,
  macs,
} from '@sextant/search-space';
import { describe, expect, it } from 'vitest';
import { countOfVotes } from './count-of-votes';
import { resolveSpace } from '../request';
import { requireFeasibleScoring } from './limits';
import { planScoring } from './plan-scoring';
import { requireScorable } from './require-scorable';

const spec = (options: object, fields: object = {}): SearchBy<'zero-cost'> =>
  CreateSearch.parse({
    dataset: 'images',
    space: 'nas-bench-201',
    method: { name: 'zero-cost', options: { proxies: ['snip', 'synflow'], ...options } },
    ...fields,
  }) as SearchBy<'zero-cost'>;

const breathe = () => Promise.resolve();
const images = {
  id: 'images',
  channels: 1,
  height: 28,
  width: 28,
  classes: Array.from({ length: 10 }, (_, n) => `class ${n}`),
  trainCount: 100,
};

/** Latency in ms of a made-up device: MACs of CIFAR-10 by 10⁶; of odd numbers it is not known. */
const sources = {
  image: () => Promise.resolve({ channels: 1, height: 28, classes: 10 }),
  profileCost: (cost: string) =>
    cost === 'latencyMs@phone'
      ? Promise.resolve(allCells().map((cell, at) => (at % 2 === 0 ? cellMacs(cell) / 1e6 : null)))
      : Promise.reject(new NotFoundError(cost)),
};

describe('a plan', () => {
  it('of all cells has each of the 6,466 networks once', async () => {
    const { requested, distinct, shards } = await planScoring(
      spec({ architectures: 'all', shardSize: 1000 }),
      sources,
      breathe,
    );
    expect([requested, distinct, shards.length]).toEqual([15_625, 6466, 7]);
    expect(new Set(shards.flat().map(cellHash)).size).toBe(6466);
  });

  it('is drawn by the seed alone, without drawing a cell twice', async () => {
    const draw = (seed: number, shardSize: number) =>
      planScoring(spec({ architectures: 500, shardSize }, { seed }), sources, breathe);
    const plan = await draw(1, 100);
    expect((await draw(1, 7)).shards.flat()).toEqual(plan.shards.flat());
    expect((await draw(2, 100)).shards).not.toEqual(plan.shards);
    expect(plan.requested).toBe(500);
    expect(plan.distinct).toBeLessThan(500);
  });

  it('of a list keeps its order and drops what is there already under another name', async () => {
    // 0→1 is skipped: what 1 hands on is the input itself
    const twins = [
      '|skip_connect~0|+|nor_conv_3x3~0|none~1|+|none~0|none~1|nor_conv_3x3~2|',
      '|skip_connect~0|+|none~0|nor_conv_3x3~1|+|none~0|none~1|nor_conv_3x3~2|',
    ];
    const list = [formatCell(cellAt(3)), ...twins, { cell: formatCell(cellAt(3)) }];
    const { requested, shards } = await planScoring(
      spec({ architectures: list }),
      sources,
      breathe,
    );
    expect(requested).toBe(4);
    expect(shards.flat().map((cell) => formatCell(cell))).toEqual([list[0], twins[0]]);
  });
});

describe('limits', () => {
  const scale = { resolution: 28, imageChannels: 1, classes: 10 };
  const limited = (limits: object, constraints: object = {}, options: object = {}) =>
    spec({ architectures: 100, limits, ...options }, { constraints });

  it('let only what is within all of them be drawn', async () => {
    const search = limited({ paramCount: 500_000 }, { maxMacs: 50e6 });
    const { shards, requested } = await planScoring(search, sources, breathe);
    expect(requested).toBe(100);
    for (const cell of shards.flat().map(canonicalCell)) {
      expect(cellMacs(cell, scale)).toBeLessThanOrEqual(50e6);
      expect(cellParams(cell, scale)).toBeLessThanOrEqual(500_000);
    }
    const all = await planScoring(limited({}, { maxMacs: 50e6 }, { architectures: 'all' }), sources, breathe); // prettier-ignore
    const fitting = allCells().filter((cell) => cellMacs(canonicalCell(cell), scale) <= 50e6);
    expect(all.requested).toBe(fitting.length);
  });

  it('on a device take what is known of the network’s representative, and nothing else', async () => {
    const search = limited({ 'latencyMs@phone': 60 }, {}, { architectures: 'all' });
    await requireFeasibleScoring(search, sources);
    const { shards, distinct } = await planScoring(search, sources, breathe);
    expect(distinct).toBeGreaterThan(100);
    for (const cell of shards.flat().map(canonicalCell)) {
      expect(cellIndex(cell) % 2).toBe(0);
      expect(cellMacs(cell) / 1e6).toBeLessThanOrEqual(60);
    }
  });

  it('hold in spaces given as data, where draws are tried again', async () => {
    const space = resolveSpace('mbconv-fashion-mnist-v1');
    const middle = (costRange(space).macs.min + costRange(space).macs.max) / 4;
    const search = {
      ...limited({}, { maxMacs: middle }, { architectures: 20 }),
      space: space.name,
    };
    const { shards } = await planScoring(search, sources, breathe);
    for (const encoding of shards.flat()) {
      expect(macs(space, decode(space, encoding))).toBeLessThanOrEqual(middle);
    }
  });

  it('that nothing meets are refused, with the smallest there is', async () => {
    const nothing = limited({ 'latencyMs@phone': 1 }, { maxMacs: 50e6 });
    const refused = await requireFeasibleScoring(nothing, sources).catch((it: unknown) => it);
    expect(refused).toBeInstanceOf(InfeasibleConstraintError);
    expect((refused as InfeasibleConstraintError).smallest).toMatchObject({
      'latencyMs@phone': 7.78304,
    });
    await expect(planScoring(nothing, sources, breathe)).rejects.toThrow(InfeasibleConstraintError);
    const small = { ...limited({}, { maxParams: 10 }), space: 'mbconv-fashion-mnist-v1' };
    await expect(requireFeasibleScoring(small, sources)).rejects.toThrow(InfeasibleConstraintError);
  });
});

describe('a zero-cost search', () => {
  const refusedAt = (options: object, fields: object = {}, dataset: object = {}) => {
    try {
      requireScorable(spec(options, fields), { ...images, ...dataset });
    } catch (error) {
      if (error instanceof ValidationError) return error.violations.map(({ pointer }) => pointer);
      throw error;
    }
    return [];
  };
  it('can be run on any square images whose side halves twice', () => {
    expect(refusedAt({})).toEqual([]);
    expect(refusedAt({}, { space: 'mbconv-fashion-mnist-v1' })).toEqual([]);
  });
  it.each([
    [{ proxies: ['snip', 'magic'] }, {}, {}, '/method/options/proxies/1'],
    [{ architectures: 15_626 }, {}, {}, '/method/options/architectures'],
    [{ architectures: ['|a|'] }, {}, {}, '/method/options/architectures/0'],
    [{ architectures: 'all' }, { space: 'mbconv-fashion-mnist-v1' }, {}, '/method/options/architectures'], // prettier-ignore
    [{ batchSize: 101 }, {}, {}, '/method/options/batchSize'],
    [{}, {}, { height: 30 }, '/dataset'],
    [{}, { space: 'mbconv-fashion-mnist-v1' }, { channels: 3 }, '/space/input/channels'],
    [{ limits: { latencyMs: 5 } }, {}, {}, '/method/options/limits/latencyMs'],
    [{ limits: { 'latencyMs@phone': 5 } }, { space: 'mbconv-fashion-mnist-v1' }, {}, '/method/options/limits/latencyMs@phone'], // prettier-ignore
  ])('%j %j %j is refused at %s', (options, fields, dataset, pointer) => {
    expect(refusedAt(options, fields, dataset)).toEqual([pointer]);
  });
  it.each([
    [{ by: 'proxy', proxy: 'zen' }, ['snip', 'synflow', 'zen'], ['zen']],
    [{ by: 'mean-rank', proxies: ['snip', 'nwot'] }, ['snip', 'synflow', 'nwot'], ['snip', 'nwot']],
    [{ by: 'vote' }, ['snip', 'synflow', 'jacob_cov'], ['snip', 'synflow', 'jacob_cov']],
    [{ by: 'az-nas' }, ['snip', 'synflow', ...azNasComponents], azNasComponents],
    [{ by: 'mean-rank' }, ['snip', 'synflow'], ['snip', 'synflow']],
  ])('computes what its ranking %j needs', (ranking, computed, deciding) => {
    const { options } = spec({ ranking }).method;
    expect(options.proxies).toEqual(computed);
    expect(rankedProxies(options)).toEqual(deciding);
    // What is stored is read again.
    expect(ZeroCostOptions.parse(options)).toEqual(options);
  });
  it('computes by default what ParZC and the best mean rank read, and ranks by the latter', () => {
    const { options } = spec({ proxies: undefined }).method;
    const expected = new Set<string>([...parzcProxies, 'params', 'jacob_cov']);
    expect(new Set(options.proxies)).toEqual(expected);
    expect(rankedProxies(options)).toEqual(['params', 'synflow', 'nwot', 'jacob_cov']);
    const four = rankMeanScores.map((name) => (name === 'paramCount' ? 'params' : name));
    expect(new Set(rankedProxies(options))).toEqual(new Set(four));
  });
});

describe('a vote', () => {
  it('counts wins less defeats; a failure loses, and less may be better', async () => {
    const proxies = [
      { position: 1, direction: 'maximize' },
      { position: 0, direction: 'minimize' },
      { position: 2, direction: 'maximize' },
    ] as const;
    const rows = [
      [1, 5, 3],
      [2, 4, 9],
      [3, null, 9],
    ];
    expect([...(await countOfVotes(rows, proxies, () => Promise.resolve()))]).toEqual([2, 0, -2]);
  });
});
