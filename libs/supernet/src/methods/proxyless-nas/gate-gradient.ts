/** @file From gates to architecture parameters: the straight-through gradient, and what keeps unsampled paths where they are. */

/**
 * ∂L/∂αᵢ = Σⱼ Gⱼ·pⱼ·(δᵢⱼ − pᵢ) = pᵢ·(Gᵢ − Σⱼ pⱼ·Gⱼ), with Gⱼ = ∂L/∂gⱼ and p the softmax of α. Sums to 0. The same
 * expression is ∂/∂αᵢ of Σ pⱼ·Gⱼ for constant G, and so of an expected cost.
 * @see Cai et al. 2019, ProxylessNAS, arXiv:1812.00332 eq. 4; Courbariaux et al. 2015, BinaryConnect, arXiv:1511.00363
 */
export function alphaGradient(p: readonly number[], gates: readonly number[]): number[] {
  const mean = p.reduce((sum, probability, at) => sum + probability * (gates[at] as number), 0);
  return p.map((probability, at) => probability * ((gates[at] as number) - mean));
}

/**
 * αₖ − log(Σ e^αₖ / Σ e^α°ₖ) for the k of a pair, with α° from before the step: the pair as a whole stays as likely as it
 * was, and so does every other path.
 * @see Cai et al. 2019, ProxylessNAS, arXiv:1812.00332 §3.2
 */
export function rescaled(after: readonly number[], before: readonly number[]): number[] {
  const offset = logSumExp(after) - logSumExp(before);
  return after.map((alpha) => alpha - offset);
}

function logSumExp(values: readonly number[]): number {
  const largest = values.reduce((a, b) => Math.max(a, b));
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0));
}
