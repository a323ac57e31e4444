import { rng } from '@sextant/common';
import { bigNasPresets } from '@sextant/contracts';
import { choices, costRange, encode, macs, sample, type Architecture } from '@sextant/search-space';
import { describe, expect, it } from 'vitest';
import { tinySpace as space } from '../../../testing';
import { countCostBins, drawOfOneCost } from './attentive-sampling';
import { randomChildren } from './random-children';

const { min, max } = costRange(space).macs;
const width = (max - min) / 32;
const bins = countCostBins(space, width, 4000, rng(1));
const binOf = (architecture: Architecture) => Math.round(macs(space, architecture) / width);

describe('random children, drawn uniformly', () => {
  it.each([0, 1, 4])('are %i', async (randomSubnets) => {
    const settings = { ...bigNasPresets.cpu, randomSubnets };
    const lossOf = () => Promise.reject(new Error('not asked'));
    const drawn = await randomChildren({ space, settings, costBins: null }, lossOf, rng(2));
    const again = rng(2);
    expect(drawn).toEqual(Array.from({ length: randomSubnets }, () => sample(space, again)));
  });
});

describe('cost bins', () => {
  it('hold distributions: of the bins, and of every choice in each', () => {
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
    expect(sum([...bins.bins.values()].map(({ probability }) => probability))).toBeCloseTo(1, 9);
    for (const { conditional } of bins.bins.values()) {
      expect(conditional.map(({ length }) => length)).toEqual(
        choices(space).map(({ values }) => values.length),
      );
      for (const row of conditional) expect(sum(row)).toBeCloseTo(1, 9);
    }
  });

  it('give architectures of one cost a draw, and of costs as frequent as they were counted', () => {
    const draw = rng(3);
    const counts = new Map<number, number>();
    const draws = 2000;
    for (let at = 0; at < draws; at++) {
      const [first, second] = drawOfOneCost(bins, 2, draw);
      expect(binOf(second!)).toBe(binOf(first!));
      expect(() => encode(space, first!)).not.toThrow();
      counts.set(binOf(first!), (counts.get(binOf(first!)) ?? 0) + 1);
    }
    for (const [bin, { probability }] of bins.bins) {
      const deviation = Math.sqrt(draws * probability * (1 - probability));
      const off = Math.abs((counts.get(bin) ?? 0) - draws * probability);
      expect(off).toBeLessThan(4.5 * deviation + 1);
    }
  });
});

describe('best-up and worst-up', () => {
  it.each([
    ['best-up', Math.min],
    ['worst-up', Math.max],
  ] as const)('%s keeps one of k by its loss', async (sampling, extreme) => {
    const settings = {
      ...bigNasPresets.cpu,
      ...({ sampling, sampledCandidates: 5, randomSubnets: 3 } as const),
    };
    const asked: Architecture[] = [];
    const lossOf = (child: Architecture) => {
      asked.push(child);
      return Promise.resolve(Math.sin(macs(space, child)));
    };
    const kept = await randomChildren({ space, settings, costBins: bins }, lossOf, rng(4));
    expect(asked).toHaveLength(15);
    kept.forEach((child, at) => {
      const losses = asked
        .slice(5 * at, 5 * at + 5)
        .map((candidate) => Math.sin(macs(space, candidate)));
      expect(Math.sin(macs(space, child))).toBe(extreme(...losses));
    });
  });
});
