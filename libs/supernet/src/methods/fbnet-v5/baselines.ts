/** @file What a task's loss usually is, so that only being better or worse than that moves its distribution. */

/** Sums of weights, of losses, and of squared deviations, all decaying, for each of T tasks: [3·T], 0 at the start. */
export type Baselines = Float32Array;

export const baselineLength = (tasks: number): number => 3 * tasks;

const at = (task: number): number => 3 * task;

/** Keeps advantages finite where losses do not differ yet. */
const leastDeviation = 1e-3;

/** Running mean and deviation of E_π[ℓ]; null before the first loss. */
export function baselineOf(
  baselines: Baselines,
  task: number,
): { readonly mean: number; readonly deviation: number } | null {
  const [weight = 0, sum = 0, squares = 0] = baselines.subarray(at(task), at(task) + 3);
  if (weight === 0) return null;
  return {
    mean: sum / weight,
    deviation: Math.max(leastDeviation, Math.sqrt(squares / weight)),
  };
}

/**
 * The baselines after one more loss ℓ of ratio r: each sum S becomes μ·S + (1 − μ)·x with x = 1, r·ℓ and r·(ℓ − b)², so that
 * sums over weights are means without the bias of their start. b is the mean before.
 */
export function withLoss(
  baselines: Baselines,
  task: number,
  { loss, ratio }: { readonly loss: number; readonly ratio: number },
  momentum: number,
): Baselines {
  const deviation = loss - (baselineOf(baselines, task)?.mean ?? loss);
  const next = baselines.slice();
  [1, ratio * loss, ratio * deviation ** 2].forEach((value, which) => {
    const index = at(task) + which;
    next[index] = momentum * (baselines[index] as number) + (1 - momentum) * value;
  });
  return next;
}

/**
 * A = (ℓ − b)/d with b the running mean; d the running deviation, or 1. 0 before the first loss, which has nothing to be
 * compared with.
 */
export function advantageOf(
  baselines: Baselines,
  task: number,
  loss: number,
  isNormalised: boolean,
): number {
  const baseline = baselineOf(baselines, task);
  if (!baseline) return 0;
  return (loss - baseline.mean) / (isNormalised ? baseline.deviation : 1);
}
