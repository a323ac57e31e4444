/** @file BigNAS learning rate: exponential decay that ends in a constant. */
import { exponentialDecay, linearDecay } from '@sextant/engine';

/** Fraction of the steps after which the floor is reached. */
const decayFraction = 0.66;

/**
 * lr(t) = max(lr₀·γᵗ, floor·lr₀) with γ = floor^(1/(0.66·T)), so that the floor is reached after 66 % of T steps.
 * Unit: per step; t in 0..T−1; 0 < floor ≤ 1. With floor = 0 the rate falls to 0 linearly instead.
 * @see Yu et al. 2020, BigNAS, arXiv:2003.11142 §3.4 — a rate that ends above 0 keeps small children improving
 * Differs: the paper fixes the decay (×0.97 every 2.4 epochs); here its end is tied to the length of the run.
 */
export function learningRateAt(
  step: number,
  totalSteps: number,
  {
    learningRate,
    learningRateFloor: floor,
  }: { readonly learningRate: number; readonly learningRateFloor: number },
): number {
  if (floor === 0) return linearDecay(learningRate, totalSteps)(step);
  const period = decayFraction * totalSteps;
  return exponentialDecay({ base: learningRate, factor: floor, period, floor })(step);
}
