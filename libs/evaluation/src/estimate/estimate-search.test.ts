import { SupernetSummary, CreateSearch, isSearchBy, type SearchBy } from '@sextant/contracts';
import { searchSpaces } from '@sextant/search-space';
import { familyOf } from '@sextant/supernet';
import { describe, expect, it } from 'vitest';
import { supernetWork } from './supernet-work';
import { estimateSupernet, type Reference } from './estimate-search';

const space = searchSpaces['mbconv-fashion-mnist-v1'];
const family = familyOf(space);
const images = { train: 12_000, test: 2000 };

function specOf(options: object = {}, rest: object = {}): SearchBy<'big-nas'> {
  const method = { name: 'big-nas', options };
  const spec = CreateSearch.parse({ dataset: 'a', space: space.name, method, ...rest });
  if (isSearchBy(spec, 'big-nas')) return spec;
  throw new TypeError('another method');
}

/** A search of `spec` on a machine that takes `second` seconds for 10⁹ MACs. */
function reference(spec: SearchBy<'big-nas'>, second: number): Reference {
  const work = supernetWork(spec, family, images);
  const seconds = Object.fromEntries(
    Object.entries(work).map(([phase, it]) => [phase, (it / 1e9) * second]),
  );
  const summary = SupernetSummary.parse({
    candidates: 48,
    trainingSteps: 1,
    seconds,
    parameters: 1,
    trainImages: 10_200,
    validationImages: 1800,
    testImages: 2000,
    threads: 1,
  });
  return { spec, space, summary };
}

const total = (spec: SearchBy<'big-nas'>, second: number): number =>
  Object.values(supernetWork(spec, family, images)).reduce(
    (sum, it) => sum + (it / 1e9) * second,
    0,
  );

describe('the work of a search', () => {
  it('grows with epochs, children, images and candidates as they do', () => {
    const once = supernetWork(specOf({ epochs: 4 }), family, images);
    expect(supernetWork(specOf({ epochs: 8 }), family, images).training).toBe(2 * once.training);
    expect(
      supernetWork(specOf({ epochs: 4, randomSubnets: 0 }), family, images).training,
    ).toBeLessThan(once.training);
    const evaluation = { candidates: 96 };
    const more = supernetWork(specOf({ epochs: 4 }, { evaluation }), family, images);
    expect(more.training).toBe(once.training);
    for (const phase of ['evaluating', 'testing', 'measuring'] as const) {
      expect(more[phase]).toBeCloseTo(2 * once[phase], 3);
    }
  });
});

describe('an estimate', () => {
  it('takes the rates of earlier searches, whatever their size', () => {
    const earlier = [reference(specOf({ epochs: 1 }), 0.2), reference(specOf({ epochs: 30 }), 0.2)];
    const spec = specOf({ epochs: 7 });
    const { seconds, references } = estimateSupernet(spec, space, images, earlier);
    expect(references).toBe(2);
    expect(seconds.expected).toBeCloseTo(total(spec, 0.2), 6);
    expect(seconds.high / seconds.expected).toBeCloseTo(1.3, 9);
  });

  it('is as uncertain as they are apart', () => {
    const spec = specOf();
    const earlier = [0.1, 0.2, 0.4].map((second) => reference(spec, second));
    const { seconds } = estimateSupernet(spec, space, images, earlier);
    expect(seconds.expected).toBeCloseTo(total(spec, 0.2), 6);
    expect(seconds.low).toBeCloseTo(seconds.expected / 2, 6);
    expect(seconds.high).toBeCloseTo(seconds.expected * 2, 6);
  });

  it('without any says that it is good to a factor of 3', () => {
    const { seconds, basis, references } = estimateSupernet(specOf(), space, images, []);
    expect(references).toBe(0);
    expect(basis).toContain('factor of 3');
    expect(seconds.high / seconds.low).toBeCloseTo(9, 9);
    expect(Object.keys(seconds.phases)).toEqual(['training', 'evaluating', 'testing', 'measuring']);
  });

  it('tells limits that can be met from those that cannot', () => {
    const constraints = { maxMacs: 10, maxParams: 1e9 };
    const { feasible, limits } = estimateSupernet(specOf({}, { constraints }), space, images, []);
    expect(feasible).toBe(false);
    expect(limits.map(({ cost, fits }) => [cost, fits])).toEqual([
      ['macs', false],
      ['paramCount', true],
    ]);
  });
});
