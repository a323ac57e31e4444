/** @file Batch normalisation and activation in one op: one pass over the map each way less than apart. */
import { ShapeError } from '@sextant/common';
import type { Emitter, Stored } from '../graph/emitter';
import { mapTensor, type Float64Tensor } from '../graph/float64-tensor';
import type { OpNode } from '../graph/op';
import type { Value } from '../graph/value';
import {
  blockedKernels,
  channelCount,
  emitActivation,
  emitGated,
  orderedKernels,
  type Activation,
  type ChannelKernels,
} from '../lowering/channel-kernels';
import { emitStatistics, foldedNorm, normGradient } from '../lowering/normalisation';
import { batchNormOp, type BatchNormResult } from './batch-norm';
import { channelOf } from './channels';
import { applyAll, defineOp, requireSame, typeAt } from './define-op';

interface NormActivation {
  readonly epsilon: number;
  readonly activation: Activation;
}

/** What an activation makes of a number, and whether it lets a gradient through where it gave y. */
export const activations: Record<
  Activation,
  { readonly of: (x: number) => number; readonly isOpen: (y: number) => boolean }
> = {
  none: { of: (x) => x, isOpen: () => true },
  relu: { of: (x) => Math.max(0, x), isOpen: (y) => y > 0 },
  relu6: { of: (x) => Math.min(6, Math.max(0, x)), isOpen: (y) => y > 0 && y < 6 },
};

const plainStored = (name: string): Stored => ({ name, storage: 'ordered' });

/** @throws {ShapeError} always: these gradients are closed forms, which are not differentiated again */
export function onceOnly(op: string): never {
  throw new ShapeError(
    `${op} is differentiable once; build the network from its parts to differentiate again`,
  );
}

function emitBlockedForward(
  emitter: Emitter,
  kernels: ChannelKernels,
  { inputs, attributes }: OpNode<NormActivation>,
): readonly Stored[] {
  const [x, gamma, beta] = inputs as readonly [Value, Value, Value];
  const map = kernels.map(x);
  const statistics = emitStatistics(emitter, kernels, map, channelCount(emitter, x));
  const [g, b] = [emitter.stored(gamma, 'ordered'), emitter.stored(beta, 'ordered')];
  const { slope, shift } = foldedNorm(
    emitter,
    { ...statistics, gamma: g, beta: b },
    attributes.epsilon,
  );
  const y = kernels.affine(map, slope, shift, { activation: attributes.activation });
  return [kernels.stored(y), plainStored(statistics.mean), plainStored(statistics.variance)];
}

export const normActivationOp = defineOp<NormActivation>({
  name: 'normActivation',
  infer: (types, attributes) => batchNormOp.infer(types, attributes),
  gradient(
    { inputs: [x, gamma], outputs: [y, mean, variance], attributes },
    [d, dMean, dVariance],
  ) {
    if (dMean || dVariance) onceOnly('normActivation, of its statistics,');
    if (!x || !gamma || !y || !mean || !variance || !d) return [];
    return applyAll(normActivationGradientOp, [x, y, d, gamma, mean, variance], attributes);
  },
  reference(inputs, attributes, size, environment) {
    const [y, ...statistics] = batchNormOp.reference(inputs, attributes, size, environment);
    return y ? [mapTensor(y, activations[attributes.activation].of), ...statistics] : [];
  },
  emit(emitter, node, inputs) {
    const [y = '', ...statistics] = batchNormOp.emit(emitter, node, inputs);
    return [emitActivation(emitter, y, node.attributes.activation), ...statistics];
  },
  emitBlocked(emitter, node) {
    const kernels = blockedKernels(emitter, node.inputs[0]);
    return kernels && emitBlockedForward(emitter, kernels, node);
  },
});

function emitBackward(
  emitter: Emitter,
  kernels: ChannelKernels,
  { inputs, attributes: { epsilon, activation } }: OpNode<NormActivation>,
): readonly Stored[] {
  const [x, y, dY] = inputs as readonly [Value, Value, Value];
  const [gamma, mean, variance] = inputs
    .slice(3)
    .map((value) => emitter.stored(value, 'ordered')) as [string, string, string];
  const map = kernels.map(x);
  const g = emitGated(emitter, kernels.map(dY), kernels.map(y), activation);
  const sum = kernels.sum(g);
  const sums = { mean, variance, gamma, sum, dot: kernels.dot(g, map) };
  const { dGamma, slope, pull, shift } = normGradient(
    emitter,
    { ...sums, count: channelCount(emitter, x) },
    epsilon,
  );
  const dX = kernels.affine(map, pull, shift, { addend: kernels.affine(g, slope) });
  return [kernels.stored(dX), plainStored(dGamma), plainStored(sum)];
}

export const normActivationGradientOp = defineOp<NormActivation>({
  name: 'normActivationGradient',
  infer(types) {
    requireSame(typeAt(types, 0), typeAt(types, 2));
    return [typeAt(types, 0), typeAt(types, 3, 1), typeAt(types, 3, 1)];
  },
  gradient: () => onceOnly('normActivation'),
  reference([x, y, dY, gamma, mean, variance], { epsilon, activation }) {
    if (!x || !y || !dY || !gamma || !mean || !variance) return [];
    const { isOpen } = activations[activation];
    const g = mapTensor(dY, (value, at) => (isOpen(y.data[at] as number) ? value : 0));
    const { dX, dGamma, dBeta } = normGradientReference(x, g, { gamma, mean, variance, epsilon });
    return [dX, dGamma, dBeta];
  },
  emit: (emitter, node) =>
    emitBackward(emitter, orderedKernels(emitter, node.inputs[0] as Value), node).map(
      ({ name }) => name,
    ),
  emitBlocked(emitter, node) {
    const kernels = blockedKernels(emitter, node.inputs[0]);
    return kernels && emitBackward(emitter, kernels, node);
  },
});

/** Gradient of a normalisation in float64; g is the gradient of the normalised map. */
export function normGradientReference(
  x: Float64Tensor,
  g: Float64Tensor,
  norm: {
    readonly gamma: Float64Tensor;
    readonly mean: Float64Tensor;
    readonly variance: Float64Tensor;
    readonly epsilon: number;
  },
) {
  const channels = x.dims[1] as number;
  const count = x.data.length / channels;
  const [dBeta, dGamma] = [new Float64Array(channels), new Float64Array(channels)];
  const r = norm.variance.data.map((value) => 1 / Math.sqrt(value + norm.epsilon));
  const normalised = mapTensor(x, (value, at) => {
    const c = channelOf(x, at);
    return (value - (norm.mean.data[c] as number)) * (r[c] as number);
  });
  g.data.forEach((value, at) => {
    const c = channelOf(x, at);
    dBeta[c] = (dBeta[c] as number) + value;
    dGamma[c] = (dGamma[c] as number) + value * (normalised.data[at] as number);
  });
  const dX = mapTensor(g, (value, at) => {
    const c = channelOf(x, at);
    const slope = (norm.gamma.data[c] as number) * (r[c] as number);
    const mean = (dBeta[c] as number) / count;
    const pull = ((dGamma[c] as number) * (normalised.data[at] as number)) / count;
    return slope * (value - mean - pull);
  });
  const vector = (data: Float64Array): Float64Tensor => ({ dims: [channels], data });
  return { dX, dGamma: vector(dGamma), dBeta: vector(dBeta) };
}

/**
 * y = activation(γ·(x − μ)/√(σ² + ε) + β) with the batch's own μ and σ². Shapes: x [N,C,H,W], γ and β [C].
 * Differentiable once, in y only. ReLU's derivative at 0, and ReLU6's at 0 and 6, is taken as 0.
 * @throws {ShapeError} γ or β has not C elements; differentiated twice, or in μ or σ²
 * @see Ioffe & Szegedy 2015, arXiv:1502.03167, Algorithm 1
 */
export function normActivation(
  x: Value,
  gamma: Value,
  beta: Value,
  activation: Activation,
  epsilon = 1e-5,
): BatchNormResult {
  const [y, mean, variance] = applyAll(normActivationOp, [x, gamma, beta], { epsilon, activation });
  return { y: y as Value, mean: mean as Value, variance: variance as Value };
}
