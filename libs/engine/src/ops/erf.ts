/** @file Error function. */
import type { Value } from '../graph/value';
import { apply, defineOp } from './define-op';
import { exp } from './exp';
import { mul } from './mul';
import { scale } from './scale';
import { unary } from './unary';

/** 2/√π, the slope at 0. */
const slopeAtZero = 2 / Math.sqrt(Math.PI);

/**
 * erf x = (2/√π)·e^(−x²)·Σₙ 2ⁿx²ⁿ⁺¹/(1·3·…·(2n+1)): every term has x's sign, so nothing cancels. Tolerance: 1e-15.
 * @see Abramowitz & Stegun 1964, Handbook of Mathematical Functions, eq. 7.1.6
 */
export function erfOf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let total = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(total); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return slopeAtZero * Math.exp(-x * x) * total;
}

export const erfOp = defineOp({
  name: 'erf',
  ...unary('Erf', erfOf),
  gradient({ inputs: [x] }, [d]) {
    return [x && d ? mul(d, scale(exp(scale(mul(x, x), -1)), slopeAtZero)) : null];
  },
});

/** out = erf x = (2/√π)·∫₀ˣ e^(−t²) dt, in [−1, 1]. */
export const erf = (x: Value): Value => apply(erfOp, [x], {});
