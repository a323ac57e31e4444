/** @file Learning-rate schedules as functions of progress. Steps or epochs: t and the lengths share one unit, t ≥ 0. */

/** Learning rate at progress t. */
export type Schedule = (t: number) => number;

export interface ExponentialDecay {
  /** Rate at t = 0. */
  readonly base: number;
  /** γ, in (0, 1]: what the rate is multiplied by every `period`. */
  readonly factor: number;
  readonly period: number;
  /** Fraction of the base at which the decay ends, in [0, 1]. */
  readonly floor: number;
  /** Decay once a period instead of continuously. Default false. */
  readonly staircase?: boolean;
}

/** BigNAS: ×0.97 every 2.4 epochs, constant once at 5 %. @see Yu et al. 2020, BigNAS, arXiv:2003.11142 §3.4, §4 */
export const bigNasDecay = { factor: 0.97, period: 2.4, floor: 0.05 } as const;

/**
 * η(t) = base·max(γ^(t/period), floor), with ⌊t/period⌋ for `staircase`.
 * @see Yu et al. 2020, BigNAS, arXiv:2003.11142 §3.4 — exponential decay with constant ending
 */
export const exponentialDecay =
  ({ base, factor, period, floor, staircase = false }: ExponentialDecay): Schedule =>
  (t) => {
    const periods = staircase ? Math.floor(t / period) : t / period;
    return base * Math.max(factor ** periods, floor);
  };

/**
 * The period after which a decay by `factor` must act for the floor to be reached at t = `reachedAt`:
 * reachedAt·ln γ/ln floor, for 0 < γ < 1 and 0 < floor < 1.
 */
export const periodReaching = (reachedAt: number, factor: number, floor: number): number =>
  (reachedAt * Math.log(factor)) / Math.log(floor);

/** η(t) = base·(1 − t/total), 0 from t = total on. */
export const linearDecay =
  (base: number, total: number): Schedule =>
  (t) =>
    base * Math.max(0, 1 - t / total);

/**
 * η(t) = end + (base − end)·(1 + cos(π·t/total))/2, `end` from t = total on.
 * @see Loshchilov & Hutter 2017, SGDR, arXiv:1608.03983 eq. 5, without restarts
 */
export const cosineDecay =
  (base: number, total: number, end = 0): Schedule =>
  (t) =>
    end + ((base - end) * (1 + Math.cos(Math.PI * Math.min(1, t / total)))) / 2;

/** η(t) = base·γᵏ, k the number of milestones ≤ t. */
export const stepDecay =
  (base: number, milestones: readonly number[], factor: number): Schedule =>
  (t) =>
    base * factor ** milestones.filter((milestone) => milestone <= t).length;

/**
 * η(t) = target·(from + (1 − from)·t/length) for t < length, with target = after(0); then after(t − length).
 * `from` is the first rate as a fraction of the target, in [0, 1].
 * @see Goyal et al. 2017, arXiv:1706.02677 §2.2 — gradual warm-up
 */
export const linearWarmUp =
  (length: number, after: Schedule, from = 0): Schedule =>
  (t) =>
    t < length ? after(0) * (from + ((1 - from) * t) / length) : after(t - length);
