/** @file Multi-head self-attention. */
import { floorDivDims, type Dim } from '../graph/dims';
import type { Value } from '../graph/value';
import { matmul } from '../ops/matmul';
import { reshape } from '../ops/reshape';
import { scale } from '../ops/scale';
import { softmax } from '../ops/softmax';
import { transpose } from '../ops/transpose';
import { linear } from './linear';

export interface AttentionWeights {
  /** [heads·headSize, D] and [heads·headSize], each. */
  readonly query: Value;
  readonly queryBias: Value;
  readonly key: Value;
  readonly keyBias: Value;
  readonly value: Value;
  readonly valueBias: Value;
  /** [D, heads·headSize] and [D]. */
  readonly output: Value;
  readonly outputBias: Value;
}

/**
 * out = concatₕ(softmax(QₕKₕᵀ/√d)·Vₕ)·Wᵒ + bᵒ with Q, K, V = x·W + b cut into heads of d = `headSize`.
 * Shapes: x [N,T,D] → out [N,T,D]. N, T, D and the number of heads may be run-time sizes; headSize is known, so that an
 * elastic head count keeps the scale (AutoFormer, §3.2).
 * @throws {ShapeError} a weight does not fit
 * @see Vaswani et al. 2017, arXiv:1706.03762 §3.2; Dosovitskiy et al. 2021, arXiv:2010.11929
 */
export function multiHeadAttention(x: Value, weights: AttentionWeights, headSize: number): Value {
  const [n, t] = x.type.dims as readonly [Dim, Dim];
  const width = weights.query.type.dims[0] as Dim;
  const heads = floorDivDims(width, headSize);
  const split = (w: Value, b: Value): Value =>
    transpose(reshape(linear(x, w, b), [n, t, heads, headSize]), [0, 2, 1, 3]);
  const query = scale(split(weights.query, weights.queryBias), 1 / Math.sqrt(headSize));
  const scores = matmul(query, split(weights.key, weights.keyBias), false, true);
  const mixed = matmul(softmax(scores), split(weights.value, weights.valueBias));
  const joined = reshape(transpose(mixed, [0, 2, 1, 3]), [n, t, width]);
  return linear(joined, weights.output, weights.outputBias);
}
