/** @file How much the loss depends on the presence of each weight. */
import { defineProxy, sumOfMagnitudes, summed } from '../define-proxy';

/**
 * Σ_l Σ |θ_l ⊙ ∂L/∂θ_l|; by layer, the mean over elements. Differs from pruning: neither normalised nor re-initialised.
 * @see Lee et al. 2019, SNIP, arXiv:1810.02340; Abdelfattah et al. 2021, arXiv:2101.08134 §3.2
 */
export const snip = defineProxy({
  name: 'snip',
  title: 'connection sensitivity',
  direction: 'maximize',
  data: 'labels',
  passes: '1 forward, 1 backward',
  nodeOf: 'layer',
  reference: 'Lee et al. 2019, arXiv:1810.02340; Abdelfattah et al. 2021, arXiv:2101.08134',
  needs: ['gradients'],
  evaluate({ gradients }) {
    const sums = gradients.map(({ weight, gradient }) => sumOfMagnitudes(weight, gradient));
    return summed(
      sums,
      sums.map((sum, at) => sum / (gradients[at]?.weight.length ?? 1)),
    );
  },
});
