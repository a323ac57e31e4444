import { ValidationError } from '@sextant/common';
import { CreateSearch, type SearchBy } from '@sextant/contracts';
import { cellAt, cellHash, formatCell } from '@sextant/search-space';
import { describe, expect, it } from 'vitest';
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

describe('a plan', () => {
  it('of all cells has each of the 6,466 networks once', async () => {
    const { requested, distinct, shards } = await planScoring(
      spec({ architectures: 'all', shardSize: 1000 }),
      breathe,
    );
    expect([requested, distinct, shards.length]).toEqual([15_625, 6466, 7]);
    expect(new Set(shards.flat().map(cellHash)).size).toBe(6466);
  });

  it('is drawn by the seed alone, without drawing a cell twice', async () => {
    const draw = (seed: number, shardSize: number) =>
      planScoring(spec({ architectures: 500, shardSize }, { seed }), breathe);
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
    const { requested, shards } = await planScoring(spec({ architectures: list }), breathe);
    expect(requested).toBe(4);
    expect(shards.flat().map((cell) => formatCell(cell))).toEqual([list[0], twins[0]]);
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
    [{}, { constraints: { maxMacs: 1 } }, {}, '/constraints'],
  ])('%j %j %j is refused at %s', (options, fields, dataset, pointer) => {
    expect(refusedAt(options, fields, dataset)).toEqual([pointer]);
  });
  it('ranks by proxies it computes', () => {
    expect(() => spec({ ranking: { by: 'proxy', proxy: 'zen' } })).toThrow(/zen is not among/);
  });
});
