import { InvalidArchitectureError, rng, ShapeError } from '@sextant/common';
import { numbers, readTable, withoutTables } from '@sextant/common/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allCells,
  canonicalCell,
  canonicalCells,
  cellAt,
  cellCount,
  cellHash,
  cellIndex,
  cellKey,
  cellMacs,
  cellOneHot,
  cellParams,
  crossoverCells,
  formatCell,
  hasUnreachableEdge,
  isConnected,
  mutateCell,
  neighboursOfCell,
  parseCell,
  reachableOperations,
  sampleCell,
  type Cell,
} from '.';

const cells = fc.integer({ min: 0, max: cellCount - 1 }).map(cellAt);
const seeds = fc.integer({ min: 0, max: 2 ** 31 });
const differing = (a: Cell, b: Cell) => a.filter((op, edge) => op !== b[edge]).length;

const cell13714 =
  '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_1x1~1|nor_conv_3x3~2|';
const cell3558 =
  '|skip_connect~0|+|nor_conv_3x3~0|nor_conv_1x1~1|+|nor_conv_3x3~0|nor_conv_1x1~1|nor_conv_3x3~2|';

describe('the string of a cell', () => {
  it('comes back from its cell and its official index, for all 15,625', () => {
    expect(cellCount).toBe(15625);
    const texts = allCells().map((cell, index) => {
      expect(cellIndex(cell)).toBe(index);
      expect(parseCell(formatCell(cell))).toEqual(cell);
      return formatCell(cell);
    });
    expect(new Set(texts).size).toBe(15625);
  });

  it('has the benchmark’s own numbers', () => {
    expect(cellIndex(parseCell(cell13714))).toBe(13714);
    expect(cellIndex(parseCell(cell3558))).toBe(3558);
    expect(formatCell(cellAt(0))).toBe(
      '|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|',
    );
    expect(cellAt(0)).toEqual([4, 2, 1, 2, 1, 1]);
  });

  it.each([
    ['', /expected \|op~0\|/],
    [cell3558.slice(1), /expected \|op~0\|/],
    [` ${cell3558}`, /not an operation/],
    [cell3558.replace('nor_conv_3x3~0', 'nor_conv_5x5~0'), /"nor_conv_5x5~0" is not an operation/],
    [cell3558.replace('nor_conv_1x1~1', 'nor_conv_1x1~0'), /expected \|op~0\|/],
    [`${cell3558}+|none~0|`, /expected \|op~0\|/],
    [cell3558.replaceAll('+', ''), /expected \|op~0\|/],
  ])('refuses "%s"', (text, message) => {
    expect(() => parseCell(text)).toThrow(InvalidArchitectureError);
    expect(() => parseCell(text)).toThrow(message);
  });

  it.each([[[0, 0, 0, 0, 0]], [[0, 0, 0, 0, 0, 5]], [[0, 0, 0, 0, 0, 0.5]], [[0, 0, 0, 0, 0, -1]]])(
    'refuses the numbers %j',
    (cell) => {
      for (const use of [formatCell, cellIndex, canonicalCell, cellHash, cellMacs, isConnected]) {
        expect(() => use(cell)).toThrow(InvalidArchitectureError);
      }
    },
  );

  it.each([-1, 15625, 1.5, NaN])('has no cell %d', (index) => {
    expect(() => cellAt(index)).toThrow(InvalidArchitectureError);
  });

  it('is one 1 among five for each edge as one-hot', () => {
    expect(cellOneHot([0, 1, 2, 3, 4, 0])).toEqual(
      [0, 1, 2, 3, 4, 0].flatMap((op) => [0, 1, 2, 3, 4].map((at) => Number(at === op))),
    );
  });
});

describe('classes of equal networks', () => {
  it('are exactly 6,466, each named by one hash and one representative', () => {
    expect(canonicalCells()).toHaveLength(6466);
    expect(new Set(allCells().map(cellHash)).size).toBe(6466);
    expect(new Set(allCells().map(cellKey)).size).toBe(15625);
  });

  it('are each named by their member with the smallest index', () => {
    fc.assert(
      fc.property(cells, (cell) => {
        const canonical = canonicalCell(cell);
        expect(canonicalCell(canonical)).toBe(canonical);
        expect(cellHash(canonical)).toBe(cellHash(cell));
        expect(cellIndex(canonical)).toBeLessThanOrEqual(cellIndex(cell));
      }),
    );
  });

  it('take a skip connection for its source, and what follows a zero for zero', () => {
    expect(cellHash([1, 3, 2, 0, 0, 3])).toBe(cellHash([1, 2, 3, 0, 0, 3]));
    expect(cellHash([0, 3, 2, 0, 1, 3])).toBe(cellHash([0, 3, 4, 0, 0, 3]));
    expect(cellHash([1, 3, 2, 0, 0, 3])).not.toBe(cellHash([1, 3, 3, 0, 0, 3]));
  });
});

describe('paths of a cell', () => {
  it('leave 9,445 cells without an operation that does nothing', () => {
    expect(allCells().filter((cell) => !hasUnreachableEdge(cell))).toHaveLength(9445);
  });

  it('connect the output, or not', () => {
    expect(isConnected([0, 0, 0, 0, 0, 0])).toBe(false);
    expect(isConnected([3, 0, 0, 0, 0, 3])).toBe(false);
    expect(isConnected([3, 0, 3, 0, 0, 3])).toBe(true);
    expect(hasUnreachableEdge([3, 0, 3, 0, 0, 3])).toBe(false);
    expect(hasUnreachableEdge([3, 0, 0, 1, 0, 0])).toBe(true);
    expect(hasUnreachableEdge([0, 0, 0, 1, 3, 0])).toBe(true);
    expect(hasUnreachableEdge([0, 0, 0, 0, 0, 0])).toBe(false);
    expect(reachableOperations([3, 3, 3, 3, 3, 3])).toEqual([3, 3, 3, 3, 3, 3]);
    // Node 1 hears nothing, so what it says counts for nothing; node 2 is heard by nobody.
    expect(reachableOperations([0, 3, 2, 1, 3, 0])).toEqual([0, 0, 0, 1, 0, 0]);
    expect(reachableOperations([3, 0, 1, 0, 0, 0])).toEqual([0, 0, 0, 0, 0, 0]);
    expect(reachableOperations([3, 0, 1, 0, 0, 2])).toEqual([3, 0, 1, 0, 0, 2]);
  });
});

describe('cost of a cell', () => {
  it.each([
    [cell13714, { classes: 10 }, 153_272_960, 1_073_466],
    [cell13714, { classes: 100 }, 153_278_720, null],
    [cell13714, { classes: 120, resolution: 16 }, 38_325_760, null],
    [cell3558, {}, 121_815_680, 858_426],
  ] as const)('%s %j', (text, scale, macs, params) => {
    expect(cellMacs(parseCell(text), scale)).toBe(macs);
    if (params !== null) expect(cellParams(parseCell(text), scale)).toBe(params);
  });

  it('is the published one at both ends of the space', () => {
    const [none, all] = [Array<number>(6).fill(0), Array<number>(6).fill(3)];
    expect([cellMacs(none), cellParams(none)]).toEqual([7_783_040, 73_306]);
    expect([cellMacs(all), cellParams(all)]).toEqual([220_119_680, 1_531_546]);
    expect(cellParams(cellAt(0))).toBe(129_306);
  });

  it('needs an image that can be halved twice', () => {
    for (const resolution of [0, 30, 2, 31.5]) {
      expect(() => cellMacs(cellAt(0), { resolution })).toThrow(ShapeError);
    }
  });
});

describe('variation of a cell', () => {
  it('changes exactly one edge by mutation, and stays inside the space', () => {
    fc.assert(
      fc.property(cells, seeds, (cell, seed) => {
        const mutant = mutateCell(cell, rng(seed));
        expect(differing(cell, mutant)).toBe(1);
        expect(cellAt(cellIndex(mutant))).toEqual(mutant);
      }),
    );
  });

  it('reaches each of the 24 neighbours by mutation', () => {
    const draw = rng(1);
    const cell = sampleCell(draw);
    const reached = new Set(Array.from({ length: 600 }, () => cellIndex(mutateCell(cell, draw))));
    expect(reached).toEqual(new Set(neighboursOfCell(cell).map(cellIndex)));
    expect(reached.size).toBe(24);
  });

  it('takes each edge from one of two parents by crossover', () => {
    fc.assert(
      fc.property(cells, cells, seeds, (a, b, seed) => {
        const child = crossoverCells(a, b, rng(seed));
        expect(child.every((op, edge) => op === a[edge] || op === b[edge])).toBe(true);
      }),
    );
  });

  it('draws every operation on every edge, and repeats from a seed', () => {
    const draw = rng(7);
    const counts = Array.from({ length: 6 }, () => Array<number>(5).fill(0));
    for (let trial = 0; trial < 2000; trial++) {
      sampleCell(draw).forEach((op, edge) => counts[edge]![op]!++);
    }
    for (const count of counts.flat()) expect(Math.abs(count - 400)).toBeLessThan(80);
    expect(sampleCell(rng(7))).toEqual(sampleCell(rng(7)));
  });
});

const file = 'nasbench201/nb201.csv.gz';
const without = withoutTables(file);

describe.skipIf(without)(`the published table${without}`, () => {
  const rows = without ? [] : readTable(file);

  it('has our index, encoding, classes and parameters on every row', () => {
    const [iso, params] = [numbers(rows, 'iso'), numbers(rows, 'mparams')];
    expect(rows).toHaveLength(15625);
    rows.forEach((row, index) => {
      const cell = cellAt(index);
      expect(row['arch']).toBe(formatCell(cell));
      expect(row['ops']).toBe(cell.join(''));
      expect(cellIndex(canonicalCell(cell))).toBe(iso[index]);
      expect(cellParams(cell) / 1e6).toBeCloseTo(params[index]!, 9);
    });
  });
});

const proxies = 'zero_cost/nb201_cifar10_9445.csv.gz';
const withoutProxies = withoutTables(proxies);

describe.skipIf(withoutProxies)(`the published proxies${withoutProxies}`, () => {
  it('are given for exactly the cells without unreachable edges', () => {
    const listed = numbers(readTable(proxies), 'idx');
    const ours = allCells().flatMap((cell, index) => (hasUnreachableEdge(cell) ? [] : [index]));
    expect(ours).toEqual(listed.sort((a, b) => a - b));
  });
});
