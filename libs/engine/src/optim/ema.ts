/** @file Exponential moving average of parameters. */
import type { Value } from '../graph/value';
import { add, sub } from '../ops/add';
import { scale } from '../ops/scale';

/**
 * θ̄' = β·θ̄ + (1 − β)·θ, computed as θ̄ + (1 − β)·(θ − θ̄). Shapes: all [P]. β = `decay`, in [0, 1); the default is
 * that of EfficientNet's code. θ̄ starts as θ.
 * @see Polyak & Juditsky 1992, SIAM J. Control Optim. 30(4) — averaging iterates
 */
export const ema = (average: Value, theta: Value, decay = 0.9999): Value =>
  add(average, scale(sub(theta, average), 1 - decay));
