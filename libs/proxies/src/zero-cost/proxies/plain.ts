/** @file What the loss would lose to first order if the weights were scaled: signed. */
import { defineProxy, innerProduct, summed } from '../define-proxy';

/**
 * Σ_l Σ θ_l ⊙ ∂L/∂θ_l, signed; by layer, the mean over elements. Better networks tend to have less of it on NAS-Bench-201.
 * @see Abdelfattah et al. 2021, arXiv:2101.08134 §3.2
 */
export const plain = defineProxy({
  name: 'plain',
  title: 'weight times gradient',
  direction: 'minimize',
  data: 'labels',
  passes: '1 forward, 1 backward',
  nodeOf: 'layer',
  reference: 'Abdelfattah et al. 2021, arXiv:2101.08134',
  needs: ['gradients'],
  evaluate({ gradients }) {
    const sums = gradients.map(({ weight, gradient }) => innerProduct(weight, gradient));
    return summed(
      sums,
      sums.map((sum, at) => sum / (gradients[at]?.weight.length ?? 1)),
    );
  },
});
