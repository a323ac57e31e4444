/**
 * @file 1×1 convolution, batch normalisation and activation in one op, in closed form: the statistics of the convolution
 * follow from those of its input, so nothing is kept between the convolution and the activation.
 */
import { dimsKey, type Dim } from '../graph/dims';
import type { Emitter, Stored } from '../graph/emitter';
import { mapTensor, zerosOf, type Float64Tensor } from '../graph/float64-tensor';
import type { OpNode } from '../graph/op';
import { feature, plain, type Value } from '../graph/value';
import type { Activation } from '../lowering/channel-kernels';
import { matrixKernels } from '../lowering/matrix-kernels';
import { inverseDeviation, vectors } from '../lowering/normalisation';
import { ShapeError } from '@sextant/common';
import { batchNormOp, type BatchNormResult } from './batch-norm';
import { conv2dOp, convInputGradientOp, convWeightGradientOp } from './conv2d';
import { applyAll, defineOp, featureDims, requireDim, typeAt } from './define-op';
import { activations, normGradientReference, onceOnly } from './norm-activation';

interface Attributes {
  readonly epsilon: number;
  readonly activation: Activation;
}

const plainStored = (name: string): Stored => ({ name, storage: 'ordered' });

/** Moments of the input: Gram matrix x·xᵀ [Ci,Ci] and mean [Ci,1]. */
const momentTypes = (ci: Dim) => [plain([ci, ci]), plain([ci, 1])];

/** w·x in float64, as a convolution. */
const convolved = (x: Float64Tensor, w: Float64Tensor): Float64Tensor =>
  conv2dOp.reference([x, w], { stride: 1 }, Number, noEnvironment)[0] as Float64Tensor;

const noEnvironment = { element: () => Number.NaN, axis: () => Number.NaN };

function momentsReference(x: Float64Tensor): readonly [Float64Tensor, Float64Tensor] {
  const [n = 0, ci = 0, h = 0, w = 0] = x.dims;
  const plane = h * w;
  const [gram, mean] = [zerosOf([ci, ci]), zerosOf([ci, 1])];
  for (let image = 0; image < n; image++) {
    for (let pixel = 0; pixel < plane; pixel++) {
      const at = (c: number): number => x.data[(image * ci + c) * plane + pixel] as number;
      for (let i = 0; i < ci; i++) {
        mean.data[i] = (mean.data[i] as number) + at(i) / (n * plane);
        for (let j = 0; j < ci; j++) {
          gram.data[i * ci + j] = (gram.data[i * ci + j] as number) + at(i) * at(j);
        }
      }
    }
  }
  return [gram, mean];
}

export const pointwiseNormActivationOp = defineOp<Attributes>({
  name: 'pointwiseNormActivation',
  infer(types) {
    const [n, ci, h, w] = featureDims(typeAt(types, 0));
    const [co, wi, kh, kw] = typeAt(types, 1, 4).dims as readonly [Dim, Dim, Dim, Dim];
    if (kh !== 1 || kw !== 1) {
      throw new ShapeError(`a pointwise weight is [Co,Ci,1,1], got [${dimsKey([co, wi, kh, kw])}]`);
    }
    requireDim('input channels', wi, ci);
    requireDim('gamma', typeAt(types, 2, 1).dims[0], co);
    requireDim('beta', typeAt(types, 3, 1).dims[0], co);
    return [feature([n, co, h, w]), plain([co]), plain([co]), ...momentTypes(ci)];
  },
  gradient(
    { inputs: [x, w, gamma], outputs: [y, mean, variance, gram, inputMean], attributes },
    [d, ...others],
  ) {
    if (others.some((other) => other !== null)) onceOnly('pointwiseNormActivation, of statistics,');
    if (!x || !w || !gamma || !y || !mean || !variance || !gram || !inputMean || !d) return [];
    const inputs = [x, y, d, w, gamma, mean, variance, gram, inputMean];
    return applyAll(pointwiseNormActivationGradientOp, inputs, attributes);
  },
  reference([x, w, gamma, beta], attributes, size, environment) {
    if (!x || !w || !gamma || !beta) return [];
    const z = convolved(x, w);
    const [y, mean, variance] = batchNormOp.reference(
      [z, gamma, beta],
      attributes,
      size,
      environment,
    ) as readonly [Float64Tensor, Float64Tensor, Float64Tensor];
    const activated = mapTensor(y, activations[attributes.activation].of);
    return [activated, mean, variance, ...momentsReference(x)];
  },
  emit: (emitter, node) => emitForward(emitter, node).map(({ name }) => name),
  emitBlocked: (emitter, node) => emitForward(emitter, node),
});

/**
 * C = G/M − m·mᵀ; μ = W·m; σ² = diag(W·C·Wᵀ); slope = γ/√(σ² + ε); y = activation((slope·W)·x + β − slope·μ).
 */
function emitForward(
  emitter: Emitter,
  { inputs, attributes }: OpNode<Attributes>,
): readonly Stored[] {
  const [x, w, gamma, beta] = inputs as readonly [Value, Value, Value, Value];
  const kernels = matrixKernels(emitter, x, w);
  const { sub, mul, div } = vectors(emitter);
  const [matrix, g, b] = [kernels.weight(w), kernels.column(gamma), kernels.column(beta)];
  const gram = kernels.gram(x);
  const inputMean = kernels.mean(x);
  const covariance = sub(
    div(gram, kernels.count),
    kernels.product(inputMean, inputMean, { transposeB: true }),
  );
  const mean = kernels.product(matrix, inputMean);
  const variance = emitter.node('Relu', [
    kernels.rowSums(mul(kernels.product(matrix, covariance), matrix)),
  ]);
  const slope = mul(g, inverseDeviation(emitter, variance, attributes.epsilon));
  const shift = sub(b, mul(slope, mean));
  const y = kernels.convolve(x, mul(slope, matrix), shift, attributes.activation);
  return [
    y,
    plainStored(kernels.flat(mean)),
    plainStored(kernels.flat(variance)),
    plainStored(gram),
    plainStored(inputMean),
  ];
}

export const pointwiseNormActivationGradientOp = defineOp<Attributes>({
  name: 'pointwiseNormActivationGradient',
  infer(types) {
    const gamma = typeAt(types, 4, 1);
    return [typeAt(types, 0), typeAt(types, 3), gamma, gamma];
  },
  gradient: () => onceOnly('pointwiseNormActivation'),
  reference([x, y, dY, w, gamma, mean, variance], { epsilon, activation }, size, environment) {
    if (!x || !y || !dY || !w || !gamma || !mean || !variance) return [];
    const { isOpen } = activations[activation];
    const g = mapTensor(dY, (value, at) => (isOpen(y.data[at] as number) ? value : 0));
    const z = convolved(x, w);
    const norm = { gamma, mean, variance, epsilon };
    const { dX: dZ, dGamma, dBeta } = normGradientReference(z, g, norm);
    const [, , h = 0, width = 0] = x.dims;
    const [dX] = convInputGradientOp.reference(
      [dZ, w],
      { stride: 1, h, w: width },
      size,
      environment,
    );
    const [dW] = convWeightGradientOp.reference(
      [x, dZ],
      { stride: 1, kernel: 1 },
      size,
      environment,
    );
    return [dX as Float64Tensor, dW as Float64Tensor, dGamma, dBeta];
  },
  emit: (emitter, node) => emitBackward(emitter, node).map(({ name }) => name),
  emitBlocked: (emitter, node) => emitBackward(emitter, node),
});

/**
 * With g = dy gated, P = g·xᵀ, s = Σg and A = γr: dβ = s; dγ = r(Σᵢ P∘W − μs); B = −A·r·dγ/M; D = −A·s/M − B·μ;
 * dW = A∘P + (B∘W)·G + M·D·mᵀ; dx = (A∘W)ᵀ·g + (Wᵀ(B∘W))·x + Wᵀ·D.
 */
function emitBackward(
  emitter: Emitter,
  { inputs, attributes: { epsilon, activation } }: OpNode<Attributes>,
): readonly Stored[] {
  const [x, y, dY, w, gamma, mean, variance, gram, inputMean] = inputs as readonly [
    Value,
    Value,
    Value,
    Value,
    Value,
    Value,
    Value,
    Value,
    Value,
  ];
  const kernels = matrixKernels(emitter, x, w);
  const { add, sub, mul, div, neg } = vectors(emitter);
  const plainOf = (value: Value): string => emitter.stored(value, 'ordered');
  const [matrix, mu] = [kernels.weight(w), kernels.column(mean)];
  const r = inverseDeviation(emitter, kernels.column(variance), epsilon);
  const slope = mul(kernels.column(gamma), r);
  const g = kernels.gated(dY, y, activation);
  const [product, sum] = [kernels.outer(g, x), kernels.sum(g)];
  const dGamma = mul(r, sub(kernels.rowSums(mul(product, matrix)), mul(mu, sum)));
  const pull = neg(div(mul(mul(slope, r), dGamma), kernels.count));
  const shift = neg(add(div(mul(slope, sum), kernels.count), mul(pull, mu)));
  const pulled = mul(pull, matrix);
  const dW = add(
    add(mul(slope, product), kernels.product(pulled, plainOf(gram))),
    kernels.product(mul(shift, kernels.count), plainOf(inputMean), { transposeB: true }),
  );
  const dX = kernels.convolveBack(g, x, {
    forGradient: mul(slope, matrix),
    forInput: kernels.product(matrix, pulled, { transposeA: true }),
    shift: kernels.product(matrix, shift, { transposeA: true }),
  });
  const weightSizes = emitter.sizes(w.type.dims);
  return [
    dX,
    plainStored(emitter.node('Reshape', [dW, weightSizes])),
    plainStored(kernels.flat(dGamma)),
    plainStored(kernels.flat(sum)),
  ];
}

/**
 * y = activation(γ·(Wx − μ)/√(σ² + ε) + β), μ and σ² over batch and space of Wx. Shapes: x [N,Ci,H,W], w [Co,Ci,1,1],
 * γ and β [Co] → y [N,Co,H,W]. Costs less than its parts where Ci is small against Co. σ² is a difference of float32
 * sums, as accurate as the input's mean is small against its deviation. Differentiable once, in y only.
 * @throws {ShapeError} w is not 1×1, sizes differ, or differentiated twice or in μ or σ²
 * @see Ioffe & Szegedy 2015, arXiv:1502.03167, Algorithm 1
 */
export function pointwiseNormActivation(
  x: Value,
  w: Value,
  gamma: Value,
  beta: Value,
  activation: Activation,
  epsilon = 1e-5,
): BatchNormResult {
  const [y, mean, variance] = applyAll(pointwiseNormActivationOp, [x, w, gamma, beta], {
    epsilon,
    activation,
  });
  return { y: y as Value, mean: mean as Value, variance: variance as Value };
}
