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

/** ∂(Σ logits)/∂x of each image of a batch. */
export interface InputJacobian {
  /** [images, C·H·W], row-major. */
  readonly rows: Float32Array;
  readonly labels: ArrayLike<number>;
  /** Classes of the data set. */
  readonly classes: number;
}

/** Which units of a map are open (above 0), for every two images of a batch. */
export interface ActivationMap {
  /** [images, images]: units open for both; on the diagonal, for the one. */
  readonly open: Float32Array;
  readonly units: number;
  /** ReLUs of the architecture that read the map. */
  readonly readers: number;
}

/** The maps that ReLUs read, each once, in the order of the network; of a graph for all architectures, every map. */
export interface ActivationAgreement {
  readonly images: number;
  readonly maps: readonly ActivationMap[];
}

/** ∂L/∂x of each image of a batch. */
export interface InputGradient {
  readonly images: number;
  /** [images, C·H·W], row-major. */
  readonly rows: Float32Array;
}

/** Outputs of a network for a batch. */
export interface Logits {
  /** [images, classes], row-major. */
  readonly values: Float32Array;
  readonly classes: number;
}

/** Covariance of the channels of a block's output over images and space. */
export interface ChannelCovariance {
  readonly channels: number;
  /** [channels, channels] */
  readonly covariance: Float32Array;
}

/** For each ReLU unit of a feature map, the images it is open for: bit n for image n, of at most 32. */
export type ActivationPatterns = Uint32Array;

/** What a small change of random input does to the features ahead of the mean over space, once for each repeat. */
export interface Perturbation {
  /** mean_b Σ |f(x) − f(x + 0.01·ε)|. */
  readonly differences: readonly number[];
  /** Mean over channels of the running variance of each normalisation, after both passes. */
  readonly runningVariances: readonly (readonly number[])[];
}

/** Centred products [channels, channels] of one feature map of one image. */
export interface ChannelProducts {
  readonly channels: number;
  readonly products: Float32Array;
}

/** What a block makes of features and of gradients. */
export interface BlockFlow extends ChannelCovariance {
  /** Jᵀ applied to random signs; null for the first, which has no block before it. */
  readonly transport: Transport | null;
}

/** A = g_inᵀ·g_out/(n·h·w) [rows, columns] for g_out of signs ±1 and g_in = Jᵀ·g_out. */
export interface Transport {
  readonly rows: number;
  readonly columns: number;
  readonly matrix: Float32Array;
  /** The block hands on its input untouched. */
  readonly isIdentity: boolean;
}

/** Everything there is to collect. */
export interface Quantities {
  readonly costs: Costs;
  /** √(E‖θ_l‖²) of each layer's weight θ_l at the frameworks' default initialisation. */
  readonly weightNorms: readonly number[];
  /** θ and ∂L/∂θ on the first batch. */
  readonly gradients: readonly Paired[];
  readonly planeProducts: readonly PlaneProducts[];
  readonly flow: Flow;
  /** ∂L/∂θ on each of two batches, at the same θ. */
  readonly batchGradients: readonly (readonly [Float32Array, Float32Array])[];
  /** θ, and H·∂L/∂θ with H the Hessian of L. */
  readonly curvature: readonly Paired[];
  /** Σ_i sign(∂L_i/∂θ) over images, each a batch of its own. */
  readonly signSums: readonly Int32Array[];
  readonly jacobian: InputJacobian;
  readonly agreement: ActivationAgreement;
  readonly inputGradient: InputGradient;
  readonly logits: Logits;
  /** Of the stem and of every block, on the first batch. */
  readonly blockCovariances: readonly ChannelCovariance[];
  readonly patterns: ActivationPatterns;
  readonly perturbation: Perturbation;
  readonly channelProducts: readonly ChannelProducts[];
  readonly blocks: readonly BlockFlow[];
}

export type QuantityName = keyof Quantities;
