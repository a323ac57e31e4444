import { UnknownBlockError } from '@sextant/common';
import { CreateSearch, type SearchBy } from '@sextant/contracts';
import { publishedTable } from '@sextant/hardware/testing';
import { searchSpaces } from '@sextant/search-space';
import { pathCost, searchEdges } from '@sextant/supernet';
import { describe, expect, it } from 'vitest';
import { methodSettings, profilePathCosts } from './path-costs';

const space = searchSpaces['proxyless-nas'];
const edges = searchEdges(space);
/** The authors' table of a Pixel 1: block, mean ms. */
const published = publishedTable('lut_proxyless_pixel/pixel.csv.gz');
const pixel = (): ReadonlyMap<string, number> =>
  new Map(
    published
      .records()
      .map(({ record }) => [record['block']!, Number(record['latency_ms_mean'])] as const),
  );

describe('costs of paths on a device', () => {
  it.skipIf(!published.isPresent)(
    `add up to the published sums of a Pixel 1${published.without}`,
    () => {
      const costs = profilePathCosts(pixel(), space);
      const sumOf = (choose: (own: readonly number[], at: number) => number): number =>
        pathCost(
          costs,
          edges.map((_, at) => choose(costs.candidates[at]!, at)),
        );
      const real = (own: readonly number[], at: number) =>
        edges[at]!.candidates.flatMap((it, i) => (it === 'zero' ? [] : [own[i]!]));
      const uniform = costs.candidates.reduce(
        (sum, own) => sum + own.reduce((a, b) => a + b, 0) / own.length,
        costs.fixed,
      );
      expect(uniform).toBeCloseTo(108.95109, 4);
      const wide = (at: number): number =>
        edges[at]!.candidates.findIndex(
          (it) => it !== 'zero' && it.kernel === 3 && it.expansion === 6,
        );
      expect(sumOf((_, at) => Math.max(0, wide(at)))).toBeCloseTo(126.76565, 4);
      expect(sumOf((own) => own.indexOf(Math.max(...own)))).toBeCloseTo(180.97518, 4);
      expect(sumOf((own) => own.indexOf(Math.min(...own)))).toBeCloseTo(32.70847, 4);
      expect(sumOf((own, at) => own.indexOf(Math.min(...real(own, at))))).toBeCloseTo(72.46242, 4);
    },
  );

  it('are refused where the table lacks a block', () => {
    expect(() => profilePathCosts(new Map(), space)).toThrow(UnknownBlockError);
  });

  it('become part of the settings where a search names a device', () => {
    const spec = (options: object) =>
      CreateSearch.parse({
        dataset: 'a',
        space: space.name,
        method: { name: 'proxyless-nas', options },
      }) as SearchBy<'proxyless-nas'>;
    expect(methodSettings(spec({}), space, undefined)).not.toHaveProperty('costs');
    expect(() => methodSettings(spec({ latencyProfile: 'pixel1' }), space, new Map())).toThrow(
      UnknownBlockError,
    );
  });
});
