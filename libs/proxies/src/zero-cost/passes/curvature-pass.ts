/** @file The Hessian of the loss times its gradient: a gradient of a gradient. */
import {
  crossEntropy,
  flattenAll,
  gradient,
  mul,
  plain,
  stopGradient,
  sumAll,
  add,
  type Graph,
} from '@sextant/engine';
import { assemble, type Subject } from '../network/assemble';
import { frameworkDefault } from '../network/initial-weights';
import { oneHot, vectorFeed } from './feeds';
import { floatsOf, openPass, pairedWith, splitBySize, type PassDeclaration } from './pass';

/**
 * Inputs as of a batch pass. Output: `products`, ∂/∂θ Σ_l ⟨g_l, ∂L/∂θ_l⟩ with g = ∂L/∂θ held constant, for the layers' weights
 * end to end. Normalisation is built of ops that are differentiable twice.
 */
export function curvatureGraph<A>(subject: Subject<A>, batchSize: number): Graph {
  const { graph, logits, weights } = assemble(subject, {
    batchSize,
    instruments: () => ({ norm: 'composite' }),
  });
  const targets = graph.input('targets', plain([batchSize, subject.family.classes]));
  const gradients = gradient(crossEntropy(logits, targets), weights);
  const squares = gradients.map((g) => sumAll(mul(stopGradient(g), g)));
  const total = squares.reduce((a, b) => add(a, b));
  graph.output('products', flattenAll(gradient(total, weights)));
  return graph;
}

export const curvaturePass: PassDeclaration = {
  gives: ['curvature'],
  async open(subject, _needs, context) {
    const { images, labels, size } = context.batch();
    const pass = await openPass(subject, curvatureGraph(subject, size), context.runtime);
    const theta = context.theta(subject.description, frameworkDefault);
    const targets = oneHot(labels, subject.family.classes);
    const feeds = { images, targets, theta: vectorFeed(theta) };
    return {
      async collect(architecture, layers) {
        const products = floatsOf((await pass.run(architecture, feeds))['products']);
        const byLayer = splitBySize(subject.description.layers, products, (layer) => layer.size);
        return { curvature: pairedWith(theta, layers, byLayer) };
      },
      release: () => pass.release(),
    };
  },
};
