/** @file What is known of an architecture without training it: what every predictor is given. */

export interface ArchitectureFeatures {
  readonly macs: number;
  readonly paramCount: number;
  /** Scores of zero-cost proxies by name; NaN where one failed. Every architecture has the same names. */
  readonly scores: Readonly<Record<string, number>>;
  /** The architecture as numbers, such as one-hot operations; as long for all, and possibly empty. */
  readonly encoding: ArrayLike<number>;
  /** Statistics of nodes by proxy, in the order of the network; of any length. Absent where only scores are known. */
  readonly nodes?: Readonly<Record<string, ArrayLike<number>>>;
}
