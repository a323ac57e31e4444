/** @file What every interval states. JSON. */

/** A value with the interval that covers the truth with probability `level`, in the value's unit. */
export interface Interval {
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
  readonly level: number;
  /** How many observations it rests on. */
  readonly n: number;
}
