/** @file Kendall's τ made smooth, so that an order can be learned by gradient. */
import { ValidationError } from '@sextant/common';
import { mul, scale, tanh, type Value } from '@sextant/engine';
import { pairDifferences, pairMean } from './pair-differences';

function requirePositive(name: string, value: number): void {
  if (Number.isFinite(value) && value > 0) return;
  throw new ValidationError(`DiffKendall: ${name} is ${value}, expected a number above 0`);
}

/**
 * τ_d = (2/(N(N−1)))·Σ_{i<j} tanh(α·Δx/2)·tanh(α·Δy/2), Δ the differences of the pair. Shapes: x and y [N], N ≥ 2 → [].
 * In (−1, 1); antisymmetric in x, unchanged by a constant added to either, not by a factor; Kendall's τ-a as α → ∞, on a
 * way that may lead above it. The loss is its negative. At α = 0.5 and standardised y it is nearly a covariance.
 * @throws {ShapeError} x or y is no vector, or their sizes differ
 * @throws {ValidationError} α is not above 0
 * @see Dong et al. 2025, ParZC, arXiv:2402.02105 — α = 0.5 there. Differs: a mean over unordered pairs, where the published
 * sum over ordered ones is divided by the number of unordered ones and so is twice as large.
 */
export function diffKendall(x: Value, y: Value, alpha: number): Value {
  requirePositive('α', alpha);
  const sign = (v: Value): Value => tanh(scale(pairDifferences(v), alpha / 2));
  return pairMean(mul(sign(x), sign(y)));
}

/**
 * τ̃ = (2/(N(N−1)))·Σ_{i<j} tanh(β·Δx·Δy/2). Shapes: x and y [N], N ≥ 2 → []. In (−1, 1); Kendall's τ-a as β → ∞.
 * @throws {ShapeError} x or y is no vector, or their sizes differ
 * @throws {ValidationError} β is not above 0
 * @see Zheng et al. 2023, DiffKendall, NeurIPS — the form before ParZC, with β = 1
 */
export function diffKendallOfProduct(x: Value, y: Value, beta: number): Value {
  requirePositive('β', beta);
  return pairMean(tanh(scale(mul(pairDifferences(x), pairDifferences(y)), beta / 2)));
}
