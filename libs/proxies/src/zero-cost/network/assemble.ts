/** @file A network in a graph, its tensors cut from one vector, with instruments on it: what every pass starts from. */
import { Graph, plain, reshape, slice, toFeature, type Value } from '@sextant/engine';
import { architectureInput, parameterNamed, untouched, type BlockHook } from '@sextant/networks';
import type { NetworkDescription } from './describe-network';
import { instrumented, type Instruments } from './instruments';
import type { ImageSize, NetworkFamily } from './network-family';

/** A network that a pass is made of: one architecture, or every one of a family with a graph for all. */
export interface Subject<A> {
  readonly family: NetworkFamily<A>;
  readonly architecture: A;
  readonly description: NetworkDescription;
}

export interface Assembly {
  readonly graph: Graph;
  /** [N,C,H,W] as fed, plain. */
  readonly images: Value;
  readonly logits: Value;
  /** Weights of `description.layers`, in their order. */
  readonly weights: readonly Value[];
}

export interface AssemblyOptions {
  readonly batchSize: number;
  /** By default the size of the architecture's images. */
  readonly image?: ImageSize;
  readonly instruments: (graph: Graph) => Omit<Instruments, 'layerOf' | 'hasBias'>;
  readonly onBlock?: BlockHook;
}

/** Inputs: images [N,C,H,W], theta [P], and the architecture vector where the family has one. */
export function assemble<A>(
  { family, architecture, description }: Subject<A>,
  { batchSize, image = family.imageOf(architecture), instruments, onBlock }: AssemblyOptions,
): Assembly {
  const graph = new Graph();
  const { layout, layers } = description;
  const { channels, height, width } = image;
  const images = graph.input('images', plain([batchSize, channels, height, width]));
  if (family.elastic) {
    graph.input(architectureInput, plain([family.elastic.vectorLength], 'int64'));
  }
  const theta = graph.input('theta', plain([layout.total]));
  const tensors = new Map(
    layout.parameters.map(({ name, dims, offset, size }) => [
      name,
      reshape(slice(theta, [offset], [size]), dims),
    ]),
  );
  const tensor = (name: string): Value => {
    parameterNamed(layout, name);
    return tensors.get(name) as Value;
  };
  const weights = layers.map(({ name }) => tensor(`${name}.weight`));
  const layerOf = new Map(weights.map((weight, at) => [weight, layers[at]?.name]));
  const parts = { tensor, onBlock: onBlock ?? untouched };
  const interceptor = instrumented({
    ...instruments(graph),
    layerOf: (weight) => layerOf.get(weight),
    hasBias: (layer) => tensors.has(`${layer}.bias`),
  });
  const logits = graph.intercepted(interceptor, () => {
    const x = toFeature(images);
    return family.elastic ? family.elastic.build(x, parts) : family.build(x, architecture, parts);
  });
  return { graph, images, logits, weights };
}
