/** @file Quantiles of Student's t, for intervals of a mean of few runs. */
import { InsufficientDataError } from '@sextant/common';

/**
 * t with P(|T| ≤ t) = level for `degrees` of freedom. Relative error < 1e-9.
 *
 * Bisection on the two-sided probability, which for whole degrees is a finite sum.
 * @throws {InsufficientDataError} degrees is not a whole number ≥ 1, or level outside (0, 1)
 * @see Abramowitz & Stegun 1964, 26.7.3 and 26.7.4
 */
export function studentT(level: number, degrees: number): number {
  if (!Number.isInteger(degrees) || degrees < 1 || !(level > 0 && level < 1))
    throw new InsufficientDataError(
      `no t interval of level ${level} has ${degrees} degrees of freedom`,
    );
  // θ = atan(t/√ν) stays in (0, π/2), however heavy the tail.
  let [low, high] = [0, Math.PI / 2];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (centralProbability(middle, degrees) < level) low = middle;
    else high = middle;
  }
  return Math.tan((low + high) / 2) * Math.sqrt(degrees);
}

/** A(t|ν) with t = √ν·tan θ. */
function centralProbability(theta: number, degrees: number): number {
  const [sine, cosine] = [Math.sin(theta), Math.cos(theta)];
  const odd = degrees % 2 === 1;
  let term = odd ? cosine : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k < degrees; k += 2) {
    term *= (cosine * cosine * (k - 1)) / k;
    sum += term;
  }
  return odd ? (2 / Math.PI) * (theta + sine * sum) : sine * sum;
}
