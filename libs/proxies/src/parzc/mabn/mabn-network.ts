/** @file MABN: an MLP-Mixer over segments of an architecture's features, between two layers of uncertain weights. */
import {
  add,
  divideBy,
  dropout,
  exp,
  gelu,
  layerNorm,
  linear,
  log,
  mul,
  relu,
  abs,
  reshape,
  scale,
  sum,
  transpose,
  type Dim,
  type Value,
} from '@sextant/engine';
import type { MabnSizes } from './mabn-sizes';

/** Where the network's tensors and its chance come from. */
export interface MabnSource {
  tensor(name: string): Value;
  /** Standard normal of the given dims for the uncertain weights `name`; null: their means are used. */
  noise(name: string, dims: readonly number[]): Value | null;
  /** Uniforms for the dropout `name`; null: nothing is dropped. */
  uniform(name: string, dims: readonly Dim[]): Value | null;
}

/** log(1 + eˣ), stable far out. */
const softplus = (x: Value): Value =>
  add(relu(x), log(add(exp(scale(abs(x), -1)), x.graph.scalar(1))));

/** W = μ + softplus(ρ)⊙ε. */
function uncertain(name: string, source: MabnSource): Value {
  const mean = source.tensor(`${name}.mu`);
  const noise = source.noise(name, mean.type.dims as readonly number[]);
  return noise ? add(mean, mul(softplus(source.tensor(`${name}.rho`)), noise)) : mean;
}

function dropped(x: Value, name: string, { dropout: rate }: MabnSizes, source: MabnSource): Value {
  const uniform = rate > 0 ? source.uniform(name, x.type.dims) : null;
  return uniform ? dropout(x, uniform, rate) : x;
}

function feedForward(x: Value, name: string, sizes: MabnSizes, source: MabnSource): Value {
  const layer = (h: Value, which: string): Value =>
    linear(h, source.tensor(`${name}.${which}.weight`), source.tensor(`${name}.${which}.bias`));
  const hidden = dropped(gelu(layer(x, 'in')), `${name}.hidden`, sizes, source);
  return dropped(layer(hidden, 'out'), `${name}.out`, sizes, source);
}

function mix(
  h: Value,
  block: number,
  kind: 'channels' | 'tokens',
  sizes: MabnSizes,
  source: MabnSource,
): Value {
  const name = `blocks.${block}.${kind}`;
  const x = layerNorm(h, source.tensor(`${name}.norm.gamma`), source.tensor(`${name}.norm.beta`));
  if (kind === 'channels' || sizes.tokenMixing === 'paper-code') {
    return add(h, feedForward(x, name, sizes, source));
  }
  const across = feedForward(transpose(x, [0, 2, 1]), name, sizes, source);
  return add(h, transpose(across, [0, 2, 1]));
}

/**
 * Scores of architectures: h = segments of Linear(x), through a Bayesian layer; `depth` times h ← h + FF(LN(h)) over channels, then
 * over tokens; mean over the segments of LN(h); a second Bayesian layer; Linear–dropout–Linear. Shapes: x [N,features] → [N].
 * FF is Linear–GELU–dropout–Linear–dropout. A Bayesian layer has weights W = μ + softplus(ρ)⊙ε with ε drawn for each run: noise on
 * weights, not variational inference, for no divergence is in the loss.
 * @throws {ShapeError} x has not the sizes' features
 * @see Dong et al. 2025, ParZC, arXiv:2402.02105 §3 and the published code, whose token mixing is `paper-code`
 */
export function mabn(x: Value, sizes: MabnSizes, source: MabnSource): Value {
  const [n] = x.type.dims as readonly [Dim, Dim];
  const { project, segments, width, depth } = sizes;
  const projected = linear(x, source.tensor('project.weight'), source.tensor('project.bias'));
  let h = linear(reshape(projected, [n, segments, project / segments]), uncertain('embed', source));
  for (let block = 0; block < depth; block++) {
    h = mix(h, block, 'channels', sizes, source);
    h = mix(h, block, 'tokens', sizes, source);
  }
  h = layerNorm(h, source.tensor('norm.gamma'), source.tensor('norm.beta'));
  const pooled = reshape(divideBy(sum(h, [1]), segments), [n, width]);
  const combined = linear(pooled, uncertain('combine', source));
  const hidden = dropped(linear(combined, source.tensor('head.in.weight')), 'head', sizes, source);
  return reshape(linear(hidden, source.tensor('head.out.weight')), [n]);
}
