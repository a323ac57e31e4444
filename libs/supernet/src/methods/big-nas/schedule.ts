/** @file BigNAS learning rate: exponential decay that ends in a constant. */
import { bigNasDecay, exponentialDecay, linearDecay } from '@sextant/engine';

/** Fraction of the steps after which the floor is reached. */
const decayFraction = 0.66;

export interface RateOptions {
  readonly learningRate: number;
  readonly learningRateFloor: number;
  /** Epochs for a factor of 0.97; null: the floor is reached after 66 % of the run. */
  readonly learningRateDecayEpochs?: number | null;
}

/**
 * lr(t) = max(lr₀·γᵗ, floor·lr₀) with γ = floor^(1/(0.66·T)), so that the floor is reached after 66 % of T steps, or with
 * γ = 0.97^(1/period) where the decay has a period. Unit: per step; t in 0..T−1; 0 ≤ floor ≤ 1. With floor = 0 and no
 * period the rate falls to 0 linearly instead.
 * @see Yu et al. 2020, BigNAS, arXiv:2003.11142 §3.4 — a rate that ends above 0 keeps small children improving
 * Differs: the paper fixes the decay (×0.97 every 2.4 epochs); without a period its end is tied to the length of the run.
 */
export function learningRateAt(
  step: number,
  totalSteps: number,
  { learningRate, learningRateFloor: floor, learningRateDecayEpochs: epochs = null }: RateOptions,
  stepsPerEpoch = 1,
): number {
  if (epochs !== null) {
    const { factor } = bigNasDecay;
    const period = epochs * stepsPerEpoch;
    return exponentialDecay({ base: learningRate, factor, period, floor })(step);
  }
  if (floor === 0) return linearDecay(learningRate, totalSteps)(step);
  const period = decayFraction * totalSteps;
  return exponentialDecay({ base: learningRate, factor: floor, period, floor })(step);
}
