/** @file Distillation by the larger of two α-divergences, so that a student neither over- nor underestimates its teacher. */
import {
  add,
  exp,
  greater,
  log,
  maximum,
  minimum,
  mul,
  reshape,
  scale,
  stopGradient,
  sub,
  sum,
  sumAll,
  type Value,
} from '@sextant/engine';
import type { Objective } from '../../pass-graph';

/** Least normal float32: a teacher's probability below it counts as this. */
const leastNormal = 2 ** -126;

export interface Divergence {
  /** D(p ‖ q) of each row [N], nats. */
  readonly value: Value;
  /** [N], of no meaning in itself: its gradient is that of the value. */
  readonly surrogate: Value;
}

const perRow = (terms: Value): Value => {
  const rows = sum(terms, [1]);
  return reshape(rows, [rows.type.dims[0] as number]);
};

/** −Σ sg(w)·log q with w = q·ρ(r), ρ(r) = r·f'(r) − f(r): its gradient is that of Σ q·f(r), r = p/q. */
const surrogateOf = (weights: Value, logQ: Value): Value =>
  scale(perRow(mul(stopGradient(weights), logQ)), -1);

/**
 * D_α(p ‖ q) = Σ q·(f(r) − f(1)), r = p/q, f(r) = r^α/(α(α − 1)) with r^α clipped to `ratioLimit`; at α = 1 the limit
 * Σ p·log(p/q), unclipped. Shapes: log q and p [N,K], each row a distribution; α ≠ 0. The surrogate is exact where nothing
 * is clipped.
 * @see Wang et al. 2021, AlphaNet, arXiv:2102.07954 §3.1
 */
export function alphaDivergence(
  alpha: number,
  logQ: Value,
  p: Value,
  ratioLimit = Infinity,
): Divergence {
  const { graph } = p;
  const logRatio = sub(log(maximum(p, graph.scalar(leastNormal))), logQ);
  if (alpha === 1) return { value: perRow(mul(p, logRatio)), surrogate: surrogateOf(p, logQ) };
  const powers = minimum(exp(scale(logRatio, alpha)), graph.scalar(ratioLimit));
  const weighted = mul(exp(logQ), powers);
  return {
    value: scale(sub(perRow(weighted), graph.scalar(1)), 1 / (alpha * (alpha - 1))),
    surrogate: surrogateOf(scale(weighted, 1 / alpha), logQ),
  };
}

/**
 * (1/N)·Σₙ of the surrogate of D₋₁ where D₋₁ > D₁, else of D₁, q/p at most 5. Shapes: log q and targets p [N,K] →
 * []. The gradient is that of the larger divergence; the value has no meaning.
 * @see Wang et al. 2021, AlphaNet, arXiv:2102.07954 §3.2 — adaptive α
 */
export const adaptiveAlpha: Objective = (logQ, p) => {
  const reverse = alphaDivergence(-1, logQ, p, 5);
  const forward = alphaDivergence(1, logQ, p);
  const isReverse = greater(reverse.value, forward.value);
  const isForward = add(scale(isReverse, -1), logQ.graph.scalar(1));
  const chosen = add(mul(isReverse, reverse.surrogate), mul(isForward, forward.surrogate));
  return scale(sumAll(chosen), 1 / (logQ.type.dims[0] as number));
};
