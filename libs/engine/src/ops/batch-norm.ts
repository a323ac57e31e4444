/** @file Batch normalisation with the statistics of the batch itself, as training and recalibration use it. */
import type { Emitter, Stored } from '../graph/emitter';
import { zerosOf } from '../graph/float64-tensor';
import type { OpNode } from '../graph/op';
import { plain, type Value } from '../graph/value';
import { add, sub } from './add';
import { blendChannels } from './blend-channels';
import { dotChannels, scaleChannels, spreadChannels, sumChannels } from './channels';
import {
  blockedKernels,
  channelCount,
  orderedKernels,
  type ChannelKernels,
} from '../lowering/channel-kernels';
import { emitStatistics, foldedNorm } from '../lowering/normalisation';
import { fromChannelsSecond, withChannelsSecond } from '../lowering/ordered-channels';
import { applyAll, defineOp, featureDims, requireDim, typeAt } from './define-op';
import { inverseSqrt } from './inverse-sqrt';
import { mul } from './mul';
import { scaleByCount } from './divide-by-count';

export interface BatchNormResult {
  readonly y: Value;
  /** Batch mean per channel [C]. */
  readonly mean: Value;
  /** Biased batch variance per channel [C]. */
  readonly variance: Value;
}

/** What flows into x through its own statistics: dμ/M + 2(x − μ)·dσ²/M. */
function statisticsGradient(
  x: Value,
  mean: Value,
  dMean: Value | null,
  dVariance: Value | null,
): Value | null {
  const level = dMean ? scaleByCount(dMean, x, 1) : null;
  if (!dVariance) return level ? spreadChannels(level, x) : null;
  const slope = scaleByCount(dVariance, x, 2);
  const spread = scaleChannels(sub(x, spreadChannels(mean, x)), slope);
  return level ? add(spread, spreadChannels(level, x)) : spread;
}

/** Statistics from two sums, then one affine map. */
function emitComposite(
  emitter: Emitter,
  kernels: ChannelKernels,
  { inputs, attributes: { epsilon } }: OpNode<{ epsilon: number }>,
): readonly Stored[] {
  const [x, gamma, beta] = inputs as readonly [Value, Value, Value];
  const map = kernels.map(x);
  const { mean, variance } = emitStatistics(emitter, kernels, map, channelCount(emitter, x));
  const [g, b] = [emitter.stored(gamma, 'ordered'), emitter.stored(beta, 'ordered')];
  const { slope, shift } = foldedNorm(emitter, { mean, variance, gamma: g, beta: b }, epsilon);
  const vectors = [mean, variance].map((name): Stored => ({ name, storage: 'ordered' }));
  return [kernels.stored(kernels.affine(map, slope, shift)), ...vectors];
}

export const batchNormOp = defineOp<{ epsilon: number }>({
  name: 'batchNorm',
  infer(types) {
    const x = typeAt(types, 0);
    const [, c] = featureDims(x);
    requireDim('gamma', typeAt(types, 1, 1).dims[0], c);
    requireDim('beta', typeAt(types, 2, 1).dims[0], c);
    return [x, plain([c]), plain([c])];
  },

  /**
   * With M elements a channel, r = (σ² + ε)^(−1/2), g = Σ dy, h = r·Σ dy·(x − μ):
   * dx = γr·dy − (γr²h/M)·x + (γr²hμ − γr·g)/M; dγ = h; dβ = g. A gradient into μ or σ² adds dμ/M and 2(x − μ)dσ²/M.
   */
  gradient(
    { inputs: [x, gamma], outputs: [, mean, variance], attributes },
    [dY, dMean, dVariance],
  ) {
    if (!x || !gamma || !mean || !variance) return [];
    let dX: Value | null = null;
    let dGamma: Value | null = null;
    let dBeta: Value | null = null;
    if (dY) {
      const r = inverseSqrt(variance, attributes.epsilon);
      dBeta = sumChannels(dY);
      dGamma = mul(sub(dotChannels(dY, x), mul(mean, dBeta)), r);
      const slope = mul(gamma, r);
      const pull = scaleByCount(mul(mul(slope, r), dGamma), x, -1);
      const shift = sub(scaleByCount(mul(slope, dBeta), x, -1), mul(pull, mean));
      dX = blendChannels(dY, slope, x, pull, shift);
    }
    const term = statisticsGradient(x, mean, dMean ?? null, dVariance ?? null);
    return [dX && term ? add(dX, term) : (dX ?? term), dGamma, dBeta];
  },

  reference([x, gamma, beta], { epsilon }) {
    if (!x || !gamma || !beta) return [];
    const [n = 0, c = 0, h = 0, w = 0] = x.dims;
    const plane = h * w;
    const y = zerosOf(x.dims);
    const mean = zerosOf([c]);
    const variance = zerosOf([c]);
    for (let channel = 0; channel < c; channel++) {
      const visit = (f: (at: number) => void): void => {
        for (let image = 0; image < n; image++) {
          const start = (image * c + channel) * plane;
          for (let at = start; at < start + plane; at++) f(at);
        }
      };
      let total = 0;
      visit((at) => (total += x.data[at] as number));
      const mu = total / (n * plane);
      let squares = 0;
      visit((at) => (squares += ((x.data[at] as number) - mu) ** 2));
      const sigma2 = squares / (n * plane);
      mean.data[channel] = mu;
      variance.data[channel] = sigma2;
      const a = (gamma.data[channel] as number) / Math.sqrt(sigma2 + epsilon);
      const b = beta.data[channel] as number;
      visit((at) => (y.data[at] = a * ((x.data[at] as number) - mu) + b));
    }
    return [y, mean, variance];
  },

  // ONNX Runtime writes the statistics over inputs 3 and 4, so they must be tensors that nobody else reads.
  emit(emitter, node, [x = '', gamma = '', beta = '']) {
    const {
      inputs: [value],
      attributes,
    } = node;
    if (!value) return [];
    if (emitter.lowering.isNormComposite) {
      return emitComposite(emitter, orderedKernels(emitter, value), node).map(({ name }) => name);
    }
    const outputs = emitter.nodeWithOutputs(
      'BatchNormalization',
      [
        withChannelsSecond(emitter, x, value),
        gamma,
        beta,
        emitter.node('Sub', [gamma, gamma]),
        emitter.node('Sub', [beta, beta]),
      ],
      3,
      {
        attributes: {
          epsilon: { float: attributes.epsilon },
          momentum: { float: 0 },
          training_mode: { int: 1 },
        },
      },
    );
    const [y = '', mean = '', variance = ''] = outputs;
    return [fromChannelsSecond(emitter, y, value), mean, variance];
  },

  emitBlocked(emitter, node) {
    const kernels = blockedKernels(emitter, node.inputs[0]);
    return kernels && emitComposite(emitter, kernels, node);
  },
});

/**
 * y = γ·(x − μ)/√(σ² + ε) + β with μ, σ² over batch and space of x itself. Shapes: x [N,C,H,W], γ and β [C].
 * @throws {ShapeError} γ or β has not C elements
 * @see Ioffe & Szegedy 2015, arXiv:1502.03167, Algorithm 1
 */
export function batchNorm(x: Value, gamma: Value, beta: Value, epsilon = 1e-5): BatchNormResult {
  const [y, mean, variance] = applyAll(batchNormOp, [x, gamma, beta], { epsilon });
  return { y: y as Value, mean: mean as Value, variance: variance as Value };
}
