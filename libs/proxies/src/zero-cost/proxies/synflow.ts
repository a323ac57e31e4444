/** @file How much signal the magnitudes of the weights carry from input to output: no data, no labels. */
import { defineProxy, sumOfMagnitudes } from '../define-proxy';
import type { Flow } from '../quantities';

/** Σ |θ ⊙ ∂R/∂θ| of each layer, in units of e^logUnit. */
export const flowOfLayers = ({ layers }: Flow): readonly number[] =>
  layers.map(({ weight, gradient }) => sumOfMagnitudes(weight, gradient));

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
  nodeOf: 'layer',
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

/**
 * log Σ |θ ⊙ ∂R/∂θ| of the last layer: log R, its bias left out. The sum of a layer that all of the flow passes. −∞ where none arrives.
 * Differs: `synflow` adds up all layers. @see Tanaka et al. 2020, arXiv:2006.05467
 */
export const flow = defineProxy({
  name: 'flow',
  title: 'synaptic flow that arrives',
  direction: 'maximize',
  data: 'none',
  passes: '1 forward, 1 backward, one image of ones',
  nodeOf: null,
  reference: 'after Tanaka et al. 2020, arXiv:2006.05467',
  needs: ['flow'],
  evaluate: ({ flow: own }) => ({
    score: Math.log(flowOfLayers(own).at(-1) ?? 0) + own.logUnit,
    nodes: null,
  }),
});
