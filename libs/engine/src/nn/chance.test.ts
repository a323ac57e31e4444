import { rng } from '@sextant/common';
import { describe, expect, it } from 'vitest';
import { fillUniform } from './chance';

describe('fillUniform', () => {
  it('repeats exactly for a like generator and leaves it where a resumed run goes on', () => {
    const draw = rng(7, 'dropout');
    const whole = fillUniform(new Float32Array(10), rng(7, 'dropout'));
    const first = fillUniform(new Float32Array(4), draw);
    const rest = fillUniform(new Float32Array(6), draw);
    expect([...first, ...rest]).toEqual([...whole]);
  });

  it('is uniform in [0, 1)', () => {
    const values = fillUniform(new Float32Array(20_000), rng(3));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    // Six standard errors of √(1/12)/√20000.
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.0123);
  });

  it('never rounds up to 1, and needs no rounding', () => {
    const nearlyOne = { ...rng(0), uniform: () => 1 - 2 ** -53 };
    expect([...fillUniform(new Float32Array(1), nearlyOne)]).toEqual([1 - 2 ** -24]);
  });
});
