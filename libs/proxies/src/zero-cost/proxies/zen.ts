/** @file How strongly features of random weights depend on the input. */
import { defineProxy } from '../define-proxy';

/**
 * log Δ + Σ_BN log √(mean_c running variance), Δ = mean_b Σ |f(x) − f(x + 0.01·ε)|, f the features ahead of the mean over
 * space, x and ε ~ N(0,1), weights N(0,1); the mean over repeats. Running variances start at 1 and move by 0.1 in each of the
 * two passes, as in the published code.
 * Differs: residual connections stay; on spaces with many skips the proxy says little.
 * @see Lin et al. 2021, Zen-NAS, arXiv:2102.01063 §3
 */
export const zen = defineProxy({
  name: 'zen',
  title: 'Zen-score',
  direction: 'maximize',
  data: 'gaussian',
  passes: '2 forward on 16 images',
  nodeOf: null,
  reference: 'Lin et al. 2021, arXiv:2102.01063',
  needs: ['perturbation'],
  evaluate({ perturbation: { differences, runningVariances } }) {
    const scores = differences.map((difference, at) => {
      const logs = (runningVariances[at] ?? []).map((variance) => Math.log(Math.sqrt(variance)));
      return Math.log(difference) + logs.reduce((a, b) => a + b, 0);
    });
    return { score: scores.reduce((a, b) => a + b, 0) / scores.length, nodes: null };
  },
});
