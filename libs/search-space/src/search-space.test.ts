import { InvalidArchitectureError, InvalidSearchSpaceError, rng } from '@sextant/common';
import { describe, expect, it } from 'vitest';
import { spaceConformance } from '../testing';
import { fnv1a128 } from './canonical-hash';
import {
  canonicalHash,
  cardinality,
  choices,
  costRange,
  decode,
  encode,
  macs,
  makeDivisible,
  maxArchitecture,
  minArchitecture,
  networkShape,
  parseSearchSpace,
  sample,
  searchSpaces,
  type Architecture,
  type BlockChoice,
  type SearchSpace,
} from '.';

for (const space of Object.values(searchSpaces)) spaceConformance(space);

const attentive = searchSpaces['attentive-nas'];
const bigNas = searchSpaces['big-nas'];
const fashion = searchSpaces['mbconv-fashion-mnist-v1'];

/** A model of the AttentiveNAS zoo: widths [stem, mb1..mb7, last], then kernel, expansion, depth per stage. */
function zooModel(
  resolution: number,
  width: number[],
  k: number[],
  t: number[],
  d: number[],
): Architecture {
  return {
    resolution,
    stemWidth: width[0]!,
    stages: d.map((depth, at) => ({
      width: width[at + 1]!,
      blocks: Array.from({ length: depth }, () => ({ kernel: k[at]!, expansion: t[at]! })),
    })),
    headWidth: width.at(-1)!,
  };
}

const a = [16, 16, 24, 32, 64, 112];
const zoo: [string, Architecture, number][] = [
  [
    'A0',
    zooModel(
      192,
      [...a, 192, 216, 1792],
      [3, 3, 3, 3, 3, 3, 3],
      [1, 4, 4, 4, 4, 6, 6],
      [1, 3, 3, 3, 3, 3, 1],
    ),
    203.3896,
  ],
  [
    'A1',
    zooModel(
      224,
      [...a, 192, 216, 1984],
      [3, 3, 3, 5, 3, 5, 3],
      [1, 4, 4, 4, 4, 6, 6],
      [1, 3, 3, 3, 3, 3, 1],
    ),
    279.2388,
  ],
  [
    'A2',
    zooModel(
      224,
      [...a, 200, 224, 1984],
      [3, 3, 3, 3, 3, 5, 3],
      [1, 4, 5, 4, 4, 6, 6],
      [1, 3, 3, 3, 3, 4, 1],
    ),
    316.7301,
  ],
  [
    'A3',
    zooModel(
      224,
      [...a, 208, 224, 1984],
      [3, 3, 3, 5, 3, 3, 3],
      [1, 4, 4, 4, 4, 6, 6],
      [2, 3, 3, 4, 3, 5, 1],
    ),
    356.5184,
  ],
  [
    'A4',
    zooModel(
      256,
      [...a, 192, 216, 1984],
      [3, 3, 3, 5, 3, 5, 3],
      [1, 4, 4, 5, 4, 6, 6],
      [1, 3, 3, 4, 3, 5, 1],
    ),
    443.5308,
  ],
  [
    'A5',
    zooModel(
      256,
      [16, 16, 24, 32, 72, 112, 192, 216, 1792],
      [3, 3, 3, 5, 3, 3, 3],
      [1, 4, 5, 4, 4, 6, 6],
      [1, 3, 3, 3, 4, 6, 1],
    ),
    490.5201,
  ],
  [
    'A6',
    zooModel(
      288,
      [...a, 216, 224, 1984],
      [3, 3, 3, 3, 3, 5, 3],
      [1, 4, 6, 5, 4, 6, 6],
      [1, 3, 3, 4, 4, 6, 1],
    ),
    709.0072,
  ],
];

describe('MACs', () => {
  it.each(zoo)('of AttentiveNAS %s equal the published model', (_, architecture, mmacs) => {
    expect(decode(attentive, encode(attentive, architecture))).toEqual(architecture);
    expect(macs(attentive, architecture) / 1e6).toBeCloseTo(mmacs, 4);
  });

  it('span 203.4 to 1939.3 million in the AttentiveNAS space', () => {
    const range = costRange(attentive).macs;
    expect(range.min / 1e6).toBeCloseTo(203.4, 1);
    expect(range.max / 1e6).toBeCloseTo(1939.3, 1);
  });

  it.each([
    ['mbconv-fashion-mnist-v1', 137_840, 2_444_272],
    ['mbconv-fashion-mnist-v2', 266_568, 2_031_856],
    ['mbconv-cifar10-v1', 617_232, 7_942_432],
  ] as const)('of %s are between %i and %i', (name, min, max) => {
    expect(costRange(searchSpaces[name]).macs).toEqual({ min, max });
  });

  it('of the BigNAS space: 208.5 million smallest without, 219.4 with shortcut convolutions, 1899.8 largest', () => {
    const withConv: SearchSpace = { ...bigNas, shortcut: 'conv' };
    expect(macs(bigNas, minArchitecture(bigNas)) / 1e6).toBeCloseTo(208.5, 1);
    expect(macs(withConv, minArchitecture(withConv)) / 1e6).toBeCloseTo(219.4, 1);
    expect(macs(withConv, maxArchitecture(withConv)) / 1e6).toBeCloseTo(1899.8, 1);
  });
});

describe('cardinality', () => {
  it('is 4.40·10¹¹ for AttentiveNAS', () => {
    expect(Number(cardinality(attentive)) / 1e11).toBeCloseTo(4.4, 2);
  });
  it('is 7.6·10¹¹ for BigNAS with kernels per block and 2.36·10⁸ with one choice per stage', () => {
    expect(Number(cardinality(bigNas)) / 1e11).toBeCloseTo(7.6, 1);
    expect(Number(cardinality({ ...bigNas, perBlock: [] })) / 1e8).toBeCloseTo(2.36, 2);
  });
});

describe('makeDivisible', () => {
  it.each([
    [16 * 4, 8, 64],
    [33, 8, 32],
    [36, 8, 40],
    [3, 8, 8],
    [10, 8, 16], // 8 would be more than 10 % below 10
    [18, 4, 20],
  ])('makeDivisible(%i, %i) = %i', (value, divisor, expected) => {
    expect(makeDivisible(value, divisor)).toBe(expected);
  });
});

describe('canonicalHash', () => {
  it('does not depend on the order of keys', () => {
    const { stages, resolution, headWidth, stemWidth } = minArchitecture(fashion);
    const shuffled = { headWidth, stages, stemWidth, resolution };
    expect(canonicalHash(fashion, shuffled)).toBe(canonicalHash(fashion, minArchitecture(fashion)));
  });

  it('keeps a network apart from every other in 30,000 draws', () => {
    const space: SearchSpace = { ...fashion, perBlock: ['kernel', 'expansion'] };
    const draw = rng(1);
    const hashes = new Set<string>();
    const shapes = new Set<string>();
    for (let i = 0; i < 30_000; i++) {
      const architecture = sample(space, draw);
      hashes.add(canonicalHash(space, architecture));
      shapes.add(JSON.stringify(networkShape(space, architecture)));
    }
    expect(shapes.size).toBeGreaterThan(25_000);
    expect(hashes.size).toBe(shapes.size);
  });

  it('ignores the genes of blocks that are not there', () => {
    const min = minArchitecture(bigNas);
    const zero = encode(bigNas, min);
    const inactive = choices(bigNas).map(({ neededFrom, values }) => {
      const depth = neededFrom ? min.stages[neededFrom.stage]!.blocks.length : Infinity;
      return neededFrom && neededFrom.depth > depth ? values.length - 1 : 0;
    });
    expect(inactive).not.toEqual(zero);
    expect(canonicalHash(bigNas, decode(bigNas, inactive))).toBe(canonicalHash(bigNas, min));
  });
});

describe('fnv1a128', () => {
  it.each([
    ['', '6c62272e07bb014262b821756295c58d'],
    ['a', 'd228cb696f1a8caf78912b704e4a8964'],
    ['foobar', '343e1662793c64bf6f0d3597ba446f18'],
  ])('of %j is the published value', (text, expected) => {
    expect(fnv1a128(text)).toBe(expected);
  });
});

describe('bad input', () => {
  it('lists every violation of a search space with its pointer', () => {
    const broken = {
      ...fashion,
      resolution: [28, 24],
      classes: 1,
      colour: 'red',
      stem: { width: [], stride: 3, 'a/b': 1 },
    };
    try {
      parseSearchSpace(broken);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidSearchSpaceError);
      const pointers = (error as InvalidSearchSpaceError).violations.map(({ pointer }) => pointer);
      expect(pointers).toEqual(
        expect.arrayContaining([
          '/resolution',
          '/classes',
          '/stem/width',
          '/stem/stride',
          '/stem/a~1b',
          '/colour',
        ]),
      );
    }
  });

  it('refuses architectures that are not in the space', () => {
    const good = maxArchitecture(fashion);
    expect(() => encode(fashion, { ...good, resolution: 32 })).toThrow(InvalidArchitectureError);
    expect(() => encode(fashion, { ...good, stages: good.stages.slice(1) })).toThrow(
      /3 stages, got 2/,
    );
    const mixed = good.stages.map((stage, at) =>
      at === 1
        ? { ...stage, blocks: stage.blocks.map((block, i) => ({ ...block, kernel: i ? 3 : 5 })) }
        : stage,
    );
    expect(() => encode(fashion, { ...good, stages: mixed })).toThrow(/once per stage/);
    expect(() => decode(fashion, [0, 1])).toThrow(/indices/);
    expect(() =>
      decode(
        fashion,
        encode(fashion, good).map(() => 9),
      ),
    ).toThrow(InvalidArchitectureError);
  });

  it('refuses a head the space lacks, and a block without its kernel', () => {
    const min = minArchitecture(fashion);
    expect(() => encode(fashion, { ...min, headWidth: 64 })).toThrow(/64.*expected null/);
    const perBlock: SearchSpace = { ...fashion, perBlock: ['kernel'] };
    const holes = min.stages.map((stage) => ({
      ...stage,
      blocks: stage.blocks.map(({ expansion }) => ({ expansion }) as BlockChoice),
    }));
    expect(() => encode(perBlock, { ...min, stages: holes })).toThrow(
      /stages\.0\.blocks\.0\.kernel is undefined/,
    );
  });
});

it('decodes into values that cannot be changed', () => {
  const { stages } = minArchitecture(fashion);
  expect([stages, stages[0], stages[0]!.blocks, stages[0]!.blocks[0]].every(Object.isFrozen)).toBe(
    true,
  );
});
