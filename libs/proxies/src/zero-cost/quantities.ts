/** @file What passes over a network collect, and proxies are formulas of. Lists are by layer, in the order of layers. */

/** Sizes of a network. */
export interface Costs {
  /** Trainable parameters: weights, biases, γ and β. */
  readonly paramCount: number;
  /** Multiply–accumulates of convolutions and linear layers, for one image. */
  readonly macs: number;
  readonly layerParams: readonly number[];
  readonly layerMacs: readonly number[];
}

/** A layer's weight and a tensor that goes with it element by element. */
export interface Paired {
  readonly weight: Float32Array;
  readonly gradient: Float32Array;
}

/** Σ_{h,w} A·∂L/∂A of a layer's output A, for each image and channel. */
export interface PlaneProducts {
  readonly images: number;
  readonly channels: number;
  /** [images, channels], row-major. */
  readonly products: Float32Array;
}

/** The flow of |θ| from an input of ones, R = Σ logits, in units of e^logUnit. */
export interface Flow {
  readonly layers: readonly Paired[];
  readonly logUnit: number;
}

/** Everything there is to collect. */
export interface Quantities {
  readonly costs: Costs;
  /** θ at initialisation. */
  readonly weights: readonly Float32Array[];
  /** θ and ∂L/∂θ on the first batch. */
  readonly gradients: readonly Paired[];
  readonly planeProducts: readonly PlaneProducts[];
  readonly flow: Flow;
}

export type QuantityName = keyof Quantities;
