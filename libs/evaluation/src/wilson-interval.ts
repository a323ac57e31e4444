/** @file The interval that goes with every fraction of images. */

const z95 = 1.959963984540054;

/**
 * 95 % Wilson score interval of k successes in n trials: (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n), p = k/n.
 * Valid for any 0 ≤ k ≤ n, n ≥ 1; stays inside [0, 1].
 * @see Wilson 1927, Probable inference, the law of succession, and statistical inference
 */
export function wilsonInterval(k: number, n: number): { lower: number; upper: number } {
  const p = k / n;
  const square = (z95 * z95) / n;
  const centre = p + square / 2;
  const reach = z95 * Math.sqrt((p * (1 - p)) / n + square / (4 * n));
  return {
    lower: Math.max(0, (centre - reach) / (1 + square)),
    upper: Math.min(1, (centre + reach) / (1 + square)),
  };
}
