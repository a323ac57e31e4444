/** @file Two nearby random inputs through random weights: how far apart their features come out. */
import {
  concat,
  divideBy,
  productOf,
  reshape,
  scale,
  sumAll,
  toPlain,
  type Dim,
  type Graph,
  type Tensor,
  type Value,
} from '@sextant/engine';
import { assemble, type Subject } from '../network/assemble';
import { Gathered } from '../network/gathered';
import { standardNormal } from '../network/initial-weights';
import { vectorFeed } from './feeds';
import { gaussianImages } from './gaussian';
import { floatsOf, nothingToCollect, openPass, type PassDeclaration } from './pass';

const batchSize = 16;
/** Size of the step in input space. */
const step = 0.01;
/** A repeat draws inputs anew. */
const repeats = 1;
const momentum = 0.1;

/**
 * Inputs: images, theta, architecture. Outputs: `features` ahead of the mean over space; `variances`, mean over channels of the
 * unbiased variance of each normalisation, −1 where it does not run. No `features` where the network takes no such mean.
 */
export function perturbationGraph<A>(subject: Subject<A>): Graph | null {
  let variances: Gathered | null = null;
  const pooled: Value[] = [];
  const { graph } = assemble(subject, {
    batchSize,
    instruments(of) {
      const gathered = new Gathered(of, -1);
      variances = gathered;
      return {
        norm: 'composite',
        onPooling: (input) => pooled.push(input),
        onNorm(output, variance) {
          const [n, c, h, w] = output.type.dims as readonly [Dim, Dim, Dim, Dim];
          const count = productOf([n, h, w]) as number;
          const mean = divideBy(sumAll(variance), c);
          gathered.add(reshape(scale(mean, count / (count - 1)), [1]));
        },
      };
    },
  });
  const features = pooled.at(-1);
  const hoisted = (variances as Gathered | null)?.hoisted() ?? [];
  if (!features || hoisted.length === 0) return null;
  graph.output('features', toPlain(features));
  graph.output('variances', concat(hoisted, 0));
  return graph;
}

/** Two steps of an exponential average from 1. */
const runningVariance = (first: number, second: number): number =>
  (1 - momentum) ** 2 + (1 - momentum) * momentum * first + momentum * second;

function meanDifference(a: Float32Array, b: Float32Array): number {
  let total = 0;
  for (let at = 0; at < a.length; at++) total += Math.abs((a[at] as number) - (b[at] as number));
  return total / batchSize;
}

export const perturbationPass: PassDeclaration = {
  gives: ['perturbation'],
  async open(subject, _needs, context) {
    const graph = perturbationGraph(subject);
    if (!graph) return nothingToCollect;
    const pass = await openPass(subject, graph, context.runtime);
    const theta = vectorFeed(context.theta(subject.description, standardNormal));
    const draw = context.rng('zen');
    const image = subject.family.imageOf(subject.architecture);
    const inputs = Array.from({ length: repeats }, () => {
      const x = gaussianImages(draw, batchSize, image);
      const moved = (x.data as Float32Array).map((value) => value + step * draw.normal());
      return [x, { ...x, data: moved }] as const;
    });
    return {
      async collect(architecture) {
        const run = (images: Tensor) => pass.run(architecture, { images, theta });
        const differences: number[] = [];
        const runningVariances: number[][] = [];
        for (const [x, moved] of inputs) {
          const [a, b] = [await run(x), await run(moved)];
          differences.push(meanDifference(floatsOf(a['features']), floatsOf(b['features'])));
          const second = floatsOf(b['variances']);
          const pairs = [...floatsOf(a['variances'])].map(
            (v, at) => [v, second[at] as number] as const,
          );
          runningVariances.push(pairs.flatMap(([v, w]) => (v < 0 ? [] : [runningVariance(v, w)])));
        }
        return { perturbation: { differences, runningVariances } };
      },
      release: () => pass.release(),
    };
  },
};
