/** @file The flow of weight magnitudes from an input of ones, in float32 without overflow. */
import {
  concat,
  flattenAll,
  gradient,
  maxAll,
  maximum,
  mul,
  reciprocal,
  reshape,
  stopGradient,
  sumAll,
  type Graph,
  type Tensor,
  type Value,
} from '@sextant/engine';
import { assemble, type Subject } from '../network/assemble';
import { frameworkDefault } from '../network/initial-weights';
import { isHomogeneous } from '../network/instruments';
import type { ImageSize } from '../network/network-family';
import { vectorFeed } from './feeds';
import { floatsOf, openPass, pairedWith, splitBySize, type PassDeclaration } from './pass';

/** Keeps the unit of a block that carries nothing from being infinite. */
const smallestUnit = 1e-30;

/**
 * Inputs: images (one, of ones), theta (magnitudes), architecture. Outputs: `gradients` of R' = Σ logits by the layers'
 * weights end to end; `units`, the factors s_b.
 *
 * A network of convolutions, ReLU, sums and means is positively homogeneous: f(h/s) = f(h)/s. So each block's output is
 * divided by its largest element s_b, held constant; then R' = R/Π s_b up to the last bias, and every gradient is the true one
 * over the same product. Magnitudes stay within what one block makes of 1, and Σ log s_b is added to the logarithm of the
 * score: float64's result, to float32's relative error. Where a network has an op that is not homogeneous ahead of its last
 * block (ReLU6, a gate, a bias, layer normalisation), nothing is divided; such ops bound the flow, and what overflows all the
 * same is reported as not finite.
 */
export function flowGraph<A>(subject: Subject<A>): Graph {
  const isExact = isHomogeneousUpToLastBlock(subject);
  const units: Value[] = [];
  const { graph, logits, weights } = assemble(subject, {
    batchSize: 1,
    instruments: () => ({ norm: 'bypassed' }),
    onBlock(output) {
      if (!isExact) return output;
      const largest = maxAll(stopGradient(output));
      const unit = maximum(largest, largest.graph.scalar(smallestUnit));
      units.push(reshape(unit, [1]));
      return mul(output, reciprocal(unit));
    },
  });
  graph.output('gradients', flattenAll(gradient(sumAll(logits), weights)));
  graph.output('units', units.length > 0 ? concat(units, 0) : reshape(graph.scalar(1), [1]));
  return graph;
}

/** Do all ops up to the output of the last block scale with their input? */
function isHomogeneousUpToLastBlock<A>(subject: Subject<A>): boolean {
  let soFar = true;
  let upToBlock = true;
  assemble(subject, {
    batchSize: 1,
    instruments: () => ({
      norm: 'bypassed',
      onOp: (call) => (soFar = soFar && isHomogeneous(call)),
      onBound: () => (soFar = false),
    }),
    onBlock(output) {
      upToBlock = soFar;
      return output;
    },
  });
  return upToBlock;
}

/** One image of ones. */
function onesFeed({ channels, height, width }: ImageSize): Tensor {
  const dims = [1, channels, height, width];
  return { data: new Float32Array(channels * height * width).fill(1), dims };
}

export const flowPass: PassDeclaration = {
  gives: ['flow'],
  async open(subject, _needs, context) {
    const pass = await openPass(subject, flowGraph(subject), context.runtime);
    const theta = context.theta(subject.description, frameworkDefault).map(Math.abs);
    const images = onesFeed(subject.family.imageOf(subject.architecture));
    return {
      async collect(architecture, layers) {
        const outputs = await pass.run(architecture, { images, theta: vectorFeed(theta) });
        const gradients = floatsOf(outputs['gradients']);
        const byLayer = splitBySize(subject.description.layers, gradients, ({ size }) => size);
        const logUnit = floatsOf(outputs['units']).reduce((sum, unit) => sum + Math.log(unit), 0);
        return { flow: { layers: pairedWith(theta, layers, byLayer), logUnit } };
      },
      release: () => pass.release(),
    };
  },
};
