import { describe, expect, it } from 'vitest';
import { searchStepAt, weightSteps } from './schedule';

describe('searchStepAt', () => {
  it('trains weights in the warm-up, then moves the distributions every so many steps', () => {
    const lengths = { steps: 12, warmUpFraction: 0.25, topologyEvery: 3 };
    const kinds = Array.from({ length: 12 }, (_, step) => searchStepAt(step, lengths));
    expect(kinds.map(({ kind }) => kind[0]).join('')).toBe('wwwwwtwwtwwt');
    for (const kind of ['weights', 'topology'] as const) {
      const of = kinds.filter((it) => it.kind === kind).map(({ at }) => at);
      expect(of).toEqual(of.map((_, at) => at));
    }
    expect(weightSteps(lengths)).toBe(9);
  });
});
