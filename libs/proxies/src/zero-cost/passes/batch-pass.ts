/** @file One labelled batch through the network and back: what gradient-based proxies share. */
import {
  crossEntropy,
  flattenAll,
  gradient,
  plain,
  reshape,
  toFeature,
  toPlain,
  transpose,
  unitGate,
  type Graph,
  type Value,
} from '@sextant/engine';
import { assemble, type Subject } from '../network/assemble';
import type { Layer } from '../network/describe-network';
import { frameworkDefault } from '../network/initial-weights';
import type { PlaneProducts, QuantityName } from '../quantities';
import { oneHot, vectorFeed } from './feeds';
import { floatsOf, openPass, pairedWith, splitBySize, type PassDeclaration } from './pass';

/** A layer's output behind a gate of ones [N,C]; rows of a linear layer are tokens, its columns channels. */
export class Gates {
  readonly byLayer = new Map<string, Value>();

  constructor(
    private readonly graph: Graph,
    private readonly images: number,
  ) {}

  readonly onLayer = (layer: string, output: Value): Value => {
    if (output.type.layout === 'feature') return unitGate(output, this.gate(layer, output));
    const { dims } = output.type;
    const channels = dims.at(-1) as number;
    const tokens = (dims.slice(0, -1) as number[]).reduce((a, b) => a * b, 1) / this.images;
    const byToken = transpose(reshape(output, [this.images, tokens, channels]), [0, 2, 1]);
    const map = toFeature(reshape(byToken, [this.images, channels, tokens, 1]));
    const gated = toPlain(unitGate(map, this.gate(layer, map)));
    const back = transpose(reshape(gated, [this.images, channels, tokens]), [0, 2, 1]);
    return reshape(back, dims);
  };

  private gate(layer: string, map: Value): Value {
    const channels = map.type.dims[1] as number;
    const ones = new Float32Array(this.images * channels).fill(1);
    const gate = this.graph.constant(ones, [this.images, channels]);
    this.byLayer.set(layer, gate);
    return gate;
  }
}

/**
 * Inputs: images, targets [N,K] (one-hot), theta, architecture. Outputs: `gradients` of the layers' weights end to end;
 * `planes`, ∂L/∂gate of the layers [N·C] end to end; each if it is needed. L is the mean cross-entropy; normalisation uses the batch.
 */
export function batchGraph<A>(
  subject: Subject<A>,
  batchSize: number,
  needs: ReadonlySet<QuantityName>,
): Graph {
  const gated = needs.has('planeProducts');
  let gates = new Map<string, Value>();
  const { graph, logits, weights } = assemble(subject, {
    batchSize,
    instruments(of) {
      const around = new Gates(of, batchSize);
      gates = around.byLayer;
      return { norm: 'batch', ...(gated ? { onLayer: around.onLayer } : {}) };
    },
  });
  const targets = graph.input('targets', plain([batchSize, subject.family.classes]));
  const loss = crossEntropy(logits, targets);
  const wrtWeights = needs.has('gradients') ? weights : [];
  const inOrder = subject.description.layers.map(({ name }) => gates.get(name));
  const wrtGates = inOrder.filter((gate) => gate !== undefined);
  const gradients = gradient(loss, [...wrtWeights, ...wrtGates]);
  const output = (name: string, parts: readonly Value[]): void => {
    if (parts.length > 0) graph.output(name, flattenAll(parts));
  };
  output('gradients', gradients.slice(0, wrtWeights.length));
  output('planes', gradients.slice(wrtWeights.length));
  return graph;
}

/** Products of the layers an architecture has, from those of all layers end to end. */
function planeProducts(
  all: readonly Layer[],
  own: readonly Layer[],
  images: number,
  planes: Float32Array,
): PlaneProducts[] {
  const byLayer = splitBySize(all, planes, ({ outChannels }) => images * outChannels);
  return own.map((layer) => ({
    images,
    channels: layer.outChannels,
    products: byLayer.get(layer) as Float32Array,
  }));
}

export const batchPass: PassDeclaration = {
  gives: ['gradients', 'planeProducts'],
  async open(subject, needs, context) {
    const { images, labels, size } = context.batch();
    const graph = batchGraph(subject, size, needs);
    const pass = await openPass(subject, graph, context.runtime);
    const theta = context.theta(subject.description, frameworkDefault);
    const targets = oneHot(labels, subject.family.classes);
    const { layers: all } = subject.description;
    const feeds = { images, targets, theta: vectorFeed(theta) };
    return {
      async collect(architecture, layers) {
        const outputs = await pass.run(architecture, feeds);
        const byLayer = splitBySize(all, floatsOf(outputs['gradients']), ({ size: n }) => n);
        const planes = floatsOf(outputs['planes']);
        return {
          ...(needs.has('gradients') ? { gradients: pairedWith(theta, layers, byLayer) } : {}),
          ...(needs.has('planeProducts')
            ? { planeProducts: planeProducts(all, layers, size, planes) }
            : {}),
        };
      },
      release: () => pass.release(),
    };
  },
};
