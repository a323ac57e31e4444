/** @file One decoded point of a search space: what a person reads and a network is built from. */

export interface BlockChoice {
  readonly kernel: number;
  readonly expansion: number;
}

export interface StageChoice {
  readonly width: number;
  /** One entry per block: its length is the depth. */
  readonly blocks: readonly BlockChoice[];
}

/** Frozen, JSON. */
export interface Architecture {
  readonly resolution: number;
  readonly stemWidth: number;
  readonly stages: readonly StageChoice[];
  /** Channels of the last 1×1 convolution; null where the space has none. */
  readonly headWidth: number | null;
}
