/** @file The size of the weights: at default initialisation, a function of layer shapes. */
import { defineProxy, euclideanNorm, summed } from '../define-proxy';

/**
 * Σ_l ‖θ_l‖₂. With weights U(±1/√fan_in), ‖θ_l‖ ≈ √(C_out/3): on NAS-Bench-201 it counts convolutions.
 * @see Abdelfattah et al. 2021, arXiv:2101.08134
 */
export const l2Norm = defineProxy({
  name: 'l2_norm',
  title: 'norm of the weights',
  direction: 'maximize',
  data: 'none',
  passes: 'none',
  nodeOf: 'layer',
  reference: 'Abdelfattah et al. 2021, arXiv:2101.08134',
  needs: ['weights'],
  evaluate({ weights }) {
    const norms = weights.map(euclideanNorm);
    return summed(norms, norms);
  },
});
