/** @file Quantiles of the standard normal distribution. */

/**
 * Φ⁻¹(p) to 4.5e-4, p in (0, 1).
 * @see Abramowitz & Stegun 1964, Handbook of Mathematical Functions, 26.2.23
 */
export function normalQuantile(p: number): number {
  const t = Math.sqrt(-2 * Math.log(Math.min(p, 1 - p)));
  const numerator = 2.515517 + t * (0.802853 + t * 0.010328);
  const denominator = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308));
  const z = t - numerator / denominator;
  return p < 0.5 ? -z : z;
}
