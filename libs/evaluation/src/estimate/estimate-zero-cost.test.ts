import { CreateSearch, isSearchBy, ZeroCostSummary, type SearchBy } from '@sextant/contracts';
import { describe, expect, it } from 'vitest';
import { scorableSpace } from '../zero-cost';
import { estimateZeroCost } from './estimate-zero-cost';
import { imagesPerNetwork, zeroCostWork } from './zero-cost-work';

function specOf(options: object, rest: object = {}): SearchBy<'zero-cost'> {
  const method = { name: 'zero-cost', options };
  const spec = CreateSearch.parse({ dataset: 'a', space: 'nas-bench-201', method, ...rest });
  if (isSearchBy(spec, 'zero-cost')) return spec;
  throw new TypeError('another method');
}

const image = { channels: 3, height: 32, classes: 10 };
const sources = { image: () => Promise.resolve(image), profileCost: () => Promise.resolve([]) };
const breathe = () => Promise.resolve();

describe('what proxies look at', () => {
  it('is counted once where they share it', () => {
    const one = imagesPerNetwork(['snip'], 64);
    expect(one).toBe(3 * 64);
    expect(imagesPerNetwork(['snip', 'grad_norm', 'fisher'], 64)).toBe(one);
    expect(imagesPerNetwork(['snip', 'nwot'], 64)).toBe(one);
    expect(imagesPerNetwork(['nwot'], 64)).toBe(64);
    expect(imagesPerNetwork(['nwot', 'jacob_cov'], 64)).toBe(128);
    expect(imagesPerNetwork(['params', 'macs'], 64)).toBe(0);
    expect(imagesPerNetwork(['snip', 'synflow'], 64)).toBeGreaterThan(one);
  });
});

describe('an estimate of a zero-cost search', () => {
  const spec = specOf({ proxies: ['snip'], ranking: { by: 'mean-rank' }, architectures: 300 });

  it('takes the rate of earlier searches, whatever they scored', async () => {
    const space = scorableSpace('nas-bench-201');
    const earlier = [50, 1000].map((scored) => {
      const other = specOf({ proxies: ['zico'], architectures: scored });
      const work = zeroCostWork(other, space, image, scored);
      const summary = ZeroCostSummary.parse({
        architectures: { requested: scored, distinct: scored, duplicates: 0, scored },
        failures: {},
        shards: { total: 0, done: 0, quarantined: 0 },
        seconds: work / 5e9,
      });
      return { spec: other, image, summary };
    });
    const { seconds, references, candidates } = await estimateZeroCost(
      spec,
      sources,
      earlier,
      breathe,
    );
    expect(references).toBe(2);
    const work = zeroCostWork(spec, space, image, candidates);
    expect(seconds.expected).toBeGreaterThanOrEqual(work / 5e9);
    expect(seconds.expected).toBeLessThan(work / 5e9 + 10);
    expect(seconds.high / seconds.expected).toBeCloseTo(1.3, 5);
  });

  it('says so where it knows no earlier one, and that nothing fits', async () => {
    const first = await estimateZeroCost(spec, sources, [], breathe);
    expect(first).toMatchObject({
      feasible: true,
      references: 0,
      basis: expect.stringContaining('factor of 3'),
    });
    const none = specOf({ architectures: 10 }, { constraints: { maxMacs: 1 } });
    expect(await estimateZeroCost(none, sources, [], breathe)).toMatchObject({
      feasible: false,
      candidates: 0,
      limits: [{ cost: 'macs', limit: 1, fits: false }],
    });
  });
});
