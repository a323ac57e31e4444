import { describe, expect, it } from 'vitest';
import {
  bigNasDecay,
  cosineDecay,
  exponentialDecay,
  linearDecay,
  linearWarmUp,
  periodReaching,
  stepDecay,
  type Schedule,
} from './schedule';

const bigNas = exponentialDecay({ base: 0.256, ...bigNasDecay });
const staircase = exponentialDecay({ base: 0.256, ...bigNasDecay, staircase: true });
const warm = linearWarmUp(5, cosineDecay(0.1, 10));

const schedules: Record<string, readonly [Schedule, Readonly<Record<number, number>>]> = {
  'BigNAS: exponential with a constant ending': [
    bigNas,
    { 0: 0.256, 2.4: 0.24832, 24: 0.188781, 100: 0.0719552, 200: 0.0202248, 300: 0.0128 },
  ],
  'BigNAS as a staircase': [staircase, { 0: 0.256, 2.3: 0.256, 2.5: 0.24832, 4.7: 0.24832 }],
  linear: [linearDecay(0.4, 10), { 0: 0.4, 5: 0.2, 10: 0, 11: 0 }],
  cosine: [cosineDecay(0.05, 40), { 0: 0.05, 10: 0.0426777, 20: 0.025, 40: 0, 41: 0 }],
  'cosine to a rate above 0': [cosineDecay(1, 4, 0.2), { 0: 1, 2: 0.6, 4: 0.2, 9: 0.2 }],
  step: [stepDecay(1, [3, 6], 0.1), { 0: 1, 2: 1, 3: 0.1, 5: 0.1, 6: 0.01, 9: 0.01 }],
  'warm-up, then cosine from its start': [warm, { 0: 0, 1: 0.02, 4: 0.08, 5: 0.1, 10: 0.05 }],
  'warm-up from a fifth': [linearWarmUp(4, () => 1, 0.2), { 0: 0.2, 2: 0.6, 4: 1, 8: 1 }],
};

describe('schedules', () => {
  it.each(Object.entries(schedules))('%s', (_, [schedule, rates]) => {
    for (const [t, rate] of Object.entries(rates)) {
      expect(schedule(Number(t)), `t = ${t}`).toBeCloseTo(rate, 6);
    }
  });

  it('reach the floor where they are asked to', () => {
    expect(periodReaching(236.045, 0.97, 0.05)).toBeCloseTo(2.4, 5);
    const period = periodReaching(66, 0.97, 0.05);
    const short = exponentialDecay({ base: 1, factor: 0.97, period, floor: 0.05 });
    expect(short(65.9)).toBeGreaterThan(0.05);
    expect(short(66)).toBeCloseTo(0.05, 12);
    expect(short(67)).toBe(0.05);
  });
});
