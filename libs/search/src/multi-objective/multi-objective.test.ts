import { NonFiniteError, rng, ShapeError } from '@sextant/common';
import { numbers, readTable, withoutTables } from '@sextant/common/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  crowdingDistance,
  dominates,
  hypervolume,
  hypervolumeHistory,
  insertIntoFront,
  nonDominatedSort,
  paretoFront,
  rankByFronts,
  type FrontMember,
  type Point,
} from '.';

const six: Point[] = [
  [1, 5],
  [2, 3],
  [4, 1],
  [3, 4],
  [5, 5],
  [2, 6],
];

/** Small integers, so that ties and equal points are common. */
const clouds = (objectives: number, maxLength = 24) =>
  fc.array(
    fc.array(fc.integer({ min: 0, max: 6 }), { minLength: objectives, maxLength: objectives }),
    {
      maxLength,
    },
  );
const sizes = fc.integer({ min: 1, max: 4 });
const anyCloud = sizes.chain((objectives) => clouds(objectives));

describe('dominance', () => {
  it('needs one objective better and none worse', () => {
    expect(dominates([1, 2], [1, 3])).toBe(true);
    expect(dominates([1, 2], [1, 2])).toBe(false);
    expect(dominates([1, 3], [2, 2])).toBe(false);
  });
});

describe('non-dominated sort', () => {
  it('finds the three fronts of the worked example', () => {
    expect(nonDominatedSort(six)).toEqual([[0, 1, 2], [3, 5], [4]]);
  });

  it('agrees with the definition: front k is what is left undominated without the fronts before', () => {
    fc.assert(
      fc.property(anyCloud, (points) => {
        let left = points.map((_, at) => at);
        for (const front of nonDominatedSort(points)) {
          const expected = left.filter(
            (at) => !left.some((other) => dominates(points[other]!, points[at]!)),
          );
          expect(front).toEqual(expected);
          left = left.filter((at) => !front.includes(at));
        }
        expect(left).toEqual([]);
      }),
    );
  });

  it('sorts 20,000 points of two objectives in well under a second', () => {
    const draw = rng(1);
    const points = Array.from({ length: 20_000 }, () => [draw.uniform(), draw.uniform()]);
    const started = process.cpuUsage().user;
    const fronts = nonDominatedSort(points);
    expect((process.cpuUsage().user - started) / 1e6).toBeLessThan(2);
    expect(fronts.flat()).toHaveLength(20_000);
  });

  it('refuses points of different length, and NaN', () => {
    expect(() => nonDominatedSort([[1, 2], [1]])).toThrow(ShapeError);
    expect(() => nonDominatedSort([[1, NaN]])).toThrow(NonFiniteError);
    expect(nonDominatedSort([])).toEqual([]);
  });
});

describe('crowding distance', () => {
  it('gives the worked examples', () => {
    const four = crowdingDistance([
      [1, 5],
      [2, 3],
      [3, 2],
      [4, 1],
    ]);
    expect(four[0]).toBe(Infinity);
    expect(four[1]).toBeCloseTo(1.416667, 6);
    expect(four[2]).toBeCloseTo(1.166667, 6);
    expect(four[3]).toBe(Infinity);
    expect(crowdingDistance(six.slice(0, 3))).toEqual([Infinity, 2, Infinity]);
  });

  it('lets an objective that does not vary add nothing', () => {
    expect(
      crowdingDistance([
        [1, 7],
        [2, 7],
        [4, 7],
      ]),
    ).toEqual([Infinity, 1, Infinity]);
    expect(crowdingDistance([[3, 3]])).toEqual([0]);
  });
});

describe('hypervolume', () => {
  const front = six.slice(0, 3);

  it('gives the worked examples in two and three objectives', () => {
    expect(hypervolume(front, [6, 6])).toBe(17);
    expect(hypervolume([...front, [3, 4]], [6, 6])).toBe(17);
    expect(hypervolume([...front, [3, 2]], [6, 6])).toBe(18);
    const three = [
      [1, 2, 3],
      [2, 1, 2],
      [3, 3, 1],
    ];
    expect(hypervolume(three, [4, 4, 4])).toBe(15);
  });

  it('ignores points that are not better than the reference everywhere', () => {
    expect(
      hypervolume(
        [
          [6, 1],
          [1, 6],
          [7, 0],
        ],
        [6, 6],
      ),
    ).toBe(0);
    expect(hypervolume([], [6, 6])).toBe(0);
  });

  it('counts unit cells in one to five objectives', () => {
    const byCells = (points: Point[], reference: Point): number => {
      const corners = reference.reduce<number[][]>(
        (all, side) => all.flatMap((z) => Array.from({ length: side }, (_, at) => [...z, at])),
        [[]],
      );
      return corners.filter((z) => points.some((p) => p.every((value, at) => value <= z[at]!)))
        .length;
    };
    const cases = fc.integer({ min: 1, max: 5 }).chain((objectives) =>
      fc.tuple(
        clouds(objectives, 7),
        fc.array(fc.integer({ min: 1, max: 6 }), {
          minLength: objectives,
          maxLength: objectives,
        }),
      ),
    );
    fc.assert(
      fc.property(cases, ([points, reference]) => {
        expect(hypervolume(points, reference)).toBe(byCells(points, reference));
      }),
      { numRuns: 60 },
    );
  });

  it('agrees between two, three and four objectives when the others are equal', () => {
    fc.assert(
      fc.property(clouds(2), (points) => {
        const flat = hypervolume(points, [7, 7]);
        const lifted = (extra: number[]) => points.map((point) => [...point, ...extra]);
        expect(hypervolume(lifted([0]), [7, 7, 2])).toBe(2 * flat);
        expect(hypervolume(lifted([0, 1]), [7, 7, 2, 4])).toBe(6 * flat);
      }),
    );
  });

  it('refuses a reference of another length', () => {
    expect(() => hypervolume([[1, 2]], [1, 2, 3])).toThrow(ShapeError);
  });
});

describe('a front kept up to date', () => {
  it('equals the first front of all points, whatever their order, equal points counted once', () => {
    fc.assert(
      fc.property(anyCloud, (points) => {
        const first = nonDominatedSort(points)[0] ?? [];
        const different = new Set(first.map((at) => points[at]!.join()));
        const kept = paretoFront(points);
        expect(kept).toHaveLength(different.size);
        expect(new Set(kept.map((at) => points[at]!.join()))).toEqual(different);
      }),
    );
  });

  it('says what a newcomer removes, and leaves the front alone when it is no better', () => {
    const members: FrontMember<string>[] = [
      { point: [1, 5], item: 'a' },
      { point: [3, 3], item: 'b' },
      { point: [4, 2], item: 'c' },
    ];
    const better = insertIntoFront(members, { point: [3, 2], item: 'd' });
    expect(better.inserted).toBe(true);
    expect(better.removed.map(({ item }) => item)).toEqual(['b', 'c']);
    expect(better.front.map(({ item }) => item)).toEqual(['a', 'd']);
    const equal = insertIntoFront(members, { point: [3, 3], item: 'e' });
    expect(equal).toEqual({ front: members, inserted: false, removed: [] });
    expect(() => insertIntoFront(members, { point: [1], item: 'f' })).toThrow(ShapeError);
  });

  it('has a hypervolume that never falls and ends at that of all points', () => {
    fc.assert(
      fc.property(clouds(3), (points) => {
        const history = hypervolumeHistory(points, [7, 7, 7]);
        history.forEach((value, at) => expect(value).toBeGreaterThanOrEqual(history[at - 1] ?? 0));
        expect(history.at(-1) ?? 0).toBe(hypervolume(points, [7, 7, 7]));
      }),
    );
  });
});

describe('order of results', () => {
  it('puts limits first, then fronts, then distance', () => {
    const result = (number: number, objectives: number[], violation = 0) => ({
      number,
      encoding: [],
      objectives,
      violation,
    });
    const ranked = rankByFronts([
      result(0, [0, 0], 2),
      result(1, [0, 0], 1),
      result(2, [5, 5]),
      result(3, [2, 3]),
      result(4, [1, 5]),
      result(5, [4, 1]),
    ]);
    expect(ranked.map((it) => it.result.number)).toEqual([4, 5, 3, 2, 1, 0]);
    expect(ranked.map(({ front }) => front)).toEqual([0, 0, 0, 1, 2, 3]);
  });
});

const [accuracyFile, latencyFile] = [
  'nasbench201/nb201.csv.gz',
  'hw_nas_bench/nb201_cifar10.csv.gz',
];
const without = withoutTables(accuracyFile, latencyFile);

describe.skipIf(without)(`fronts of NAS-Bench-201 × HW-NAS-Bench, CIFAR-10${without}`, () => {
  const accuracy = without ? [] : numbers(readTable(accuracyFile), 'c10_val_200');
  const latencies = without ? [] : readTable(latencyFile);

  it.each([
    ['edgegpu', 25, 941.878],
    ['raspi4', 44, 8759.463],
    ['pixel3', 36, 3250.323],
    ['eyeriss', 13, 801.396],
    ['fpga', 15, 681.209],
  ])('%s: %d points, hypervolume %d', (device, count, volume) => {
    const latency = numbers(latencies, `${device}_latency`);
    const points = latency
      .map((ms, at): Point => [ms, 100 - accuracy[at]!])
      .filter(([ms]) => (ms as number) > 0);
    const reference = [Math.max(...latency), 100];
    expect(paretoFront(points)).toHaveLength(count);
    expect(hypervolume(points, reference)).toBeCloseTo(volume, 3);
  });
});
