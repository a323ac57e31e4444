/** @file What removing a channel's activations would cost, to second order. */
import { defineProxy, summed } from '../define-proxy';
import type { PlaneProducts } from '../quantities';

/** Σ_c Δ_c of one layer, Δ_c = ½·mean_n (Σ_{h,w} A·∂L/∂A)². */
export function channelSaliency({ images, products }: PlaneProducts): number {
  let total = 0;
  for (let at = 0; at < products.length; at++) total += (products[at] as number) ** 2;
  return total / (2 * images);
}

/**
 * Σ_l Σ_c Δ_c over the outputs A of convolutions and linear layers; by layer, the mean over channels. The loss is a mean over
 * the batch, so values fall with its size squared. Tokens of a transformer are its pixels.
 * @see Theis et al. 2018, arXiv:1801.05787; Turner et al. 2020, BlockSwap, arXiv:1906.04113
 */
export const fisher = defineProxy({
  name: 'fisher',
  title: 'Fisher information of channels',
  direction: 'maximize',
  data: 'labels',
  passes: '1 forward, 1 backward',
  nodeOf: 'layer',
  reference: 'Theis et al. 2018, arXiv:1801.05787; Turner et al. 2020, arXiv:1906.04113',
  needs: ['planeProducts'],
  evaluate({ planeProducts }) {
    const sums = planeProducts.map(channelSaliency);
    return summed(
      sums,
      sums.map((sum, at) => sum / (planeProducts[at]?.channels ?? 1)),
    );
  },
});
