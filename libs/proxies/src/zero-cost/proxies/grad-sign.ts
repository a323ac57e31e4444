/** @file How often the gradients of single images agree in sign. */
import { defineProxy, summed } from '../define-proxy';

/** Σ |Σ_i sign g_i|. */
export const agreementOfSigns = (sums: Int32Array): number =>
  sums.reduce((total, sum) => total + Math.abs(sum), 0);

/**
 * Σ_θ |Σ_i sign(∂L_i/∂θ)|, each image a batch of its own (normalisation sees it alone); at most images · weights. By layer, the
 * mean over elements.
 * Differs: over weights of convolutions and linear layers, without biases, γ and β.
 * @see Zhang & Jia 2022, GradSign, arXiv:2110.08616 §4
 */
export const gradSign = defineProxy({
  name: 'grad_sign',
  title: 'GradSign: agreement of gradient signs',
  direction: 'maximize',
  data: 'labels',
  passes: '16 forward, 16 backward, one image each',
  nodeOf: 'layer',
  reference: 'Zhang & Jia 2022, arXiv:2110.08616',
  needs: ['signSums'],
  evaluate({ signSums }) {
    const sums = signSums.map(agreementOfSigns);
    return summed(
      sums,
      sums.map((sum, at) => sum / (signSums[at]?.length ?? 1)),
    );
  },
});
