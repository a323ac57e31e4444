import { describe, expect, it } from 'vitest';
import { InvalidDrawError } from './errors';
import { philox4x32, rng, rngFromState } from './rng';

describe('philox4x32', () => {
  it.each([
    { counter: [0, 0, 0, 0], key: [0, 0], words: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] },
    {
      counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      key: [0xffffffff, 0xffffffff],
      words: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    },
    {
      counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      key: [0xa4093822, 0x299f31d0],
      words: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    },
  ] as const)('reproduces the known answer for counter $counter', ({ counter, key, words }) => {
    expect(philox4x32(counter, key)).toEqual(words);
  });
});

describe('rng', () => {
  it('draws the very next number after its state was stored as JSON', () => {
    const whole = rng(7, 'sampler');
    const part = rng(7, 'sampler');
    for (let i = 0; i < 5; i++) expect(part.uniform()).toBe(whole.uniform());
    const resumed = rngFromState(JSON.parse(JSON.stringify(part.state())));
    for (let i = 0; i < 5; i++) expect(resumed.normal()).toBe(whole.normal());
  });

  it('resumes inside a block, between draws of every kind', () => {
    const whole = rng(2 ** 40 + 1, 'x');
    for (let drawn = 0; drawn < 9; drawn++) {
      const resumed = rngFromState(whole.state());
      const next = [resumed.int(10), resumed.normal(), resumed.shuffle([1, 2, 3, 4])];
      expect([whole.int(10), whole.normal(), whole.shuffle([1, 2, 3, 4])]).toEqual(next);
    }
  });

  it('takes four words for a normal', () => {
    const draw = rng(8);
    for (let i = 1; i <= 100; i++) {
      draw.normal();
      expect(draw.state().counter).toBe(4 * i);
    }
  });

  it.each([0, -1, 1.5, NaN, 2 ** 32 + 1])('refuses to draw one of %d', (n) => {
    expect(() => rng(1).int(n)).toThrow(InvalidDrawError);
  });

  it('refuses an empty choice, and seeds and states that are no counters', () => {
    expect(() => rng(1).choice([])).toThrow(InvalidDrawError);
    for (const seed of [-1, 0.5, NaN, 2 ** 53]) expect(() => rng(seed)).toThrow(InvalidDrawError);
    expect(() => rngFromState({ seed: 1, stream: 0, counter: -4 })).toThrow(/counter -4/);
  });

  it('gives forks that do not depend on what was drawn before', () => {
    const parent = rng(3);
    const early = parent.fork('a').uniform();
    parent.uniform();
    expect(parent.fork('a').uniform()).toBe(early);
    expect(parent.fork('b').uniform()).not.toBe(early);
  });

  it('stays in range and hits every integer about equally often', () => {
    const draw = rng(11);
    const counts = [0, 0, 0, 0, 0, 0, 0];
    for (let i = 0; i < 70_000; i++) counts[draw.int(7)]!++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
  });

  it('has the mean and variance of a standard normal', () => {
    const draw = rng(5);
    const values = Array.from({ length: 50_000 }, () => draw.normal());
    const mean = values.reduce((a, b) => a + b) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.03);
  });

  it('shuffles into a permutation and leaves its argument alone', () => {
    const items = Array.from({ length: 50 }, (_, i) => i);
    const shuffled = rng(2).shuffle(items);
    expect(shuffled).not.toEqual(items);
    expect([...shuffled].sort((a, b) => a - b)).toEqual(items);
  });
});
