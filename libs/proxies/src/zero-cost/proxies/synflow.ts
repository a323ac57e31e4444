/** @file How much signal the magnitudes of the weights carry from input to output: no data, no labels. */
import { defineProxy, sumOver } from '../define-proxy';
import type { Flow } from '../quantities';

/** Σ |θ ⊙ ∂R/∂θ| of each layer, in units of e^logUnit. */
export const flowOfLayers = ({ layers }: Flow): readonly number[] =>
  layers.map(({ weight, gradient }) => sumOver(weight, gradient, (w, g) => Math.abs(w * g)));

/**
 * log Σ_l Σ |θ_l ⊙ ∂R/∂θ_l| with R = Σ f(1; |θ|), normalisation left out; by layer, the mean over elements (no logarithm).
 * The sum of each layer of a chain without biases is R; scaling all L layers by s multiplies the score by s^L, hence the
 * logarithm, which changes no rank.
 * @see Tanaka et al. 2020, arXiv:2006.05467; Abdelfattah et al. 2021, arXiv:2101.08134 §3.2
 */
export const synflow = defineProxy({
  name: 'synflow',
  title: 'synaptic flow',
  direction: 'maximize',
  data: 'none',
  passes: '1 forward, 1 backward, one image of ones',
  hasNodes: true,
  reference: 'Tanaka et al. 2020, arXiv:2006.05467; Abdelfattah et al. 2021, arXiv:2101.08134',
  needs: ['flow'],
  evaluate({ flow }) {
    const sums = flowOfLayers(flow);
    const unit = Math.exp(flow.logUnit);
    return {
      score: Math.log(sums.reduce((a, b) => a + b, 0)) + flow.logUnit,
      nodes: Float64Array.from(
        sums,
        (sum, at) => (unit * sum) / (flow.layers[at]?.weight.length ?? 1),
      ),
    };
  },
});
