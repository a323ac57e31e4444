import { describe, expect, it } from 'vitest';
import { pythonRandom } from './python-random';

describe('CPython’s random', () => {
  it('draws the bits of CPython 3 after seed(88) and seed(0)', () => {
    const seeded = pythonRandom(88);
    expect([seeded.getRandomBits(32), seeded.getRandomBits(32)]).toEqual([1707201716, 4182107318]);
    expect(pythonRandom(0).getRandomBits(32)).toBe(3626764237);
  });

  it('shuffles as CPython 3 does, past the first block of 624 words', () => {
    const shuffled = pythonRandom(88).shuffle(Array.from({ length: 15625 }, (_, at) => at));
    expect(shuffled.slice(0, 8)).toEqual([13931, 11791, 14874, 13126, 4032, 7204, 9493, 1168]);
    expect(shuffled.slice(-5)).toEqual([3030, 14785, 5452, 3104, 6512]);
  });
});
