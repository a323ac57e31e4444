/** @file How large gradients are against how much they vary from batch to batch. */
import { defineProxy, summed } from '../define-proxy';

/** Σ_i mean_b |g_i| / std_b(g_i) over elements that vary; std of the signed gradient, over the population of two. */
export function signalToNoise([a, b]: readonly [Float32Array, Float32Array]): number {
  let total = 0;
  for (let at = 0; at < a.length; at++) {
    const [x, y] = [a[at] as number, b[at] as number];
    const deviation = Math.abs(x - y) / 2;
    if (deviation > 0) total += (Math.abs(x) + Math.abs(y)) / 2 / deviation;
  }
  return total;
}

/**
 * Σ_l log Σ_i mean_b|g_i|/std_b(g_i) over two batches at the same weights; layers whose sum is 0 have no term. By layer, its
 * term.
 * @see Li et al. 2023, ZiCo, arXiv:2301.11300 eq. 18 — Differs: std of g, as their code has it, not of |g|
 */
export const zico = defineProxy({
  name: 'zico',
  title: 'ZiCo: signal to noise of gradients',
  direction: 'maximize',
  data: 'two batches',
  passes: '2 forward, 2 backward',
  nodeOf: 'layer',
  reference: 'Li et al. 2023, arXiv:2301.11300',
  needs: ['batchGradients'],
  evaluate({ batchGradients }) {
    const terms = batchGradients.map((pair) => {
      const sum = signalToNoise(pair);
      return sum > 0 ? Math.log(sum) : 0;
    });
    return summed(terms, terms);
  },
});
