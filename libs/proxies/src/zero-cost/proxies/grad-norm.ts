/** @file The size of the gradient, layer by layer. */
import { defineProxy, euclideanNorm, summed } from '../define-proxy';

/**
 * Σ_l ‖∂L/∂θ_l‖₂: a sum of norms, not the norm of the whole. L is the mean cross-entropy of the batch.
 * @see Abdelfattah et al. 2021, arXiv:2101.08134 §3.1
 */
export const gradNorm = defineProxy({
  name: 'grad_norm',
  title: 'norm of the gradient',
  direction: 'maximize',
  data: 'labels',
  passes: '1 forward, 1 backward',
  nodeOf: 'layer',
  reference: 'Abdelfattah et al. 2021, arXiv:2101.08134',
  needs: ['gradients'],
  evaluate({ gradients }) {
    const norms = gradients.map(({ gradient }) => euclideanNorm(gradient));
    return summed(norms, norms);
  },
});
