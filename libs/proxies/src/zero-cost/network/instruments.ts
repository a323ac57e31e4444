/** @file Instruments on a network that knows nothing of them: what its layers, normalisations and activations see. */
import {
  batchNorm,
  clip,
  normActivation,
  relu,
  type Activation,
  type Interceptor,
  type OpCall,
  type Value,
} from '@sextant/engine';

/** Called while a network is built, in the scope of the arm where the value lives. */
export interface Instruments {
  /** The weight of which tensor, if any, a value is. */
  readonly layerOf: (weight: Value) => string | undefined;
  /**
   * `batch`: its own statistics; `bypassed`: left out; `composite`: as `batch`, of ops that are differentiable twice and
   * hand out their statistics.
   */
  readonly norm: 'batch' | 'bypassed' | 'composite';
  /** Output of a convolution or linear layer, with its bias: what it returns stands in for it. */
  readonly onLayer?: (layer: string, output: Value, weight: Value) => Value;
  /** Is a bias added behind the layer's product? */
  readonly hasBias?: (layer: string) => boolean;
  /** Input and output of a ReLU or ReLU6. */
  readonly onActivation?: (input: Value, output: Value) => void;
  /** Output and biased variance [C] of a normalisation over the batch. */
  readonly onNorm?: (output: Value, variance: Value) => void;
  /** Input of the mean over space. */
  readonly onPooling?: (input: Value) => void;
  /** Any op of the network but normalisation. */
  readonly onOp?: (call: Pick<OpCall, 'op' | 'inputs'>) => void;
  /** A ReLU6, wherever it is fused. */
  readonly onBound?: () => void;
}

const layerOps = ['conv2d', 'depthwiseConv2d', 'generalConv2d', 'matmul'];

const isRelu6 = ({ op, attributes }: OpCall): boolean =>
  op.name === 'clip' && 'max' in attributes && attributes.max === 6;

/** What a layer has computed before its bias. */
interface Unbiased {
  readonly layer: string;
  readonly weight: Value;
}

export function instrumented({ norm, ...on }: Instruments): Interceptor {
  const unbiased = new Map<Value, Unbiased>();
  const activate = (x: Value, activation: Activation): Value => {
    if (activation === 'none') return x;
    const y = activation === 'relu' ? relu(x) : clip(x, 0, 6);
    if (activation === 'relu6') on.onBound?.();
    on.onActivation?.(x, y);
    return y;
  };
  /** [y, mean, variance]; nobody reads the statistics of what is bypassed. */
  const normalise = (call: OpCall): readonly Value[] => {
    const [x, gamma, beta] = call.inputs as readonly [Value, Value, Value];
    const { epsilon, activation = 'none' } = call.attributes as {
      epsilon: number;
      activation?: Activation;
    };
    if (norm === 'bypassed') return [activate(x, activation), gamma, beta];
    const isComposite = norm === 'composite' || on.onNorm !== undefined;
    const { y, mean, variance } = isComposite
      ? batchNorm(x, gamma, beta, epsilon)
      : normActivation(x, gamma, beta, 'none', epsilon);
    on.onNorm?.(y, variance);
    return [activate(y, activation), mean, variance];
  };
  return (call, append) => {
    const { name } = call.op;
    if (name === 'normActivation' || name === 'batchNorm') return normalise(call);
    on.onOp?.(call);
    const outputs = append();
    const [x, weight] = call.inputs;
    const [y] = outputs as readonly [Value];
    if (x && (name === 'relu' || isRelu6(call))) on.onActivation?.(x, y);
    if (x && name === 'globalSumPool') on.onPooling?.(x);
    if (!x || !on.onLayer) return outputs;
    const before = unbiased.get(x);
    if (before && name === 'reshape') unbiased.set(y, before);
    if (before && name === 'add') return [on.onLayer(before.layer, y, before.weight)];
    const layer = weight && layerOps.includes(name) ? on.layerOf(weight) : undefined;
    if (layer === undefined || !weight) return outputs;
    if (name === 'matmul' && on.hasBias?.(layer)) {
      unbiased.set(y, { layer, weight });
      return outputs;
    }
    return [on.onLayer(layer, y, weight)];
  };
}

/** Ops that scale with their input: f(s·x) = s·f(x) for s > 0. */
const homogeneous = new Set(
  `conv2d depthwiseConv2d generalConv2d matmul relu add avgPool2d maxPool2d globalSumPool divideByCount reshape
   zerosLike toPlain toFeature slice padTo concat sum scale transpose resize`.split(/\s+/),
);
/** A third input is a bias. */
export const isHomogeneous = ({ op, inputs }: Pick<OpCall, 'op' | 'inputs'>): boolean =>
  homogeneous.has(op.name) && !(layerOps.includes(op.name) && inputs.length > 2);
