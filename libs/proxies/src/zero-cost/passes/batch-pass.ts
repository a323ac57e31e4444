/** @file One labelled batch through the network and back: what gradient-based proxies share. */
import {
  add,
  crossEntropy,
  flattenAll,
  gradient,
  greater,
  plain,
  reshape,
  sampleProducts,
  scale,
  sumAll,
  toFeature,
  toPlain,
  transpose,
  unitGate,
  type Graph,
  type Tensor,
  type Value,
} from '@sextant/engine';
import { assemble, type Subject } from '../network/assemble';
import type { Layer } from '../network/describe-network';
import { frameworkDefault } from '../network/initial-weights';
import { Gathered } from '../network/gathered';
import type { PlaneProducts, Quantities, QuantityName } from '../quantities';
import { oneHot, vectorFeed, type BatchFeed } from './feeds';
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

/** Units that are open for images i and j, and units in all, over every ReLU. */
class Agreement {
  private readonly open: Gathered;
  private readonly units: Gathered;

  constructor(private readonly graph: Graph) {
    this.open = new Gathered(graph, 0);
    this.units = new Gathered(graph, 0);
  }

  readonly onActivation = (input: Value): void => {
    const count = (input.type.dims.slice(1) as number[]).reduce((a, b) => a * b, 1);
    this.open.add(sampleProducts(greater(input, this.graph.scalar(0))));
    this.units.add(scale(this.graph.scalar(1), count));
  };

  output(): void {
    if (this.open.values.length === 0) return;
    this.graph.output(
      'open',
      this.open.hoisted().reduce((a, b) => add(a, b)),
    );
    this.graph.output(
      'units',
      this.units.hoisted().reduce((a, b) => add(a, b)),
    );
  }
}

/**
 * Inputs: images, targets [N,K] (one-hot), theta, architecture. Outputs, each if it is needed: `gradients` of the layers' weights
 * end to end; `planes`, ∂L/∂gate of the layers [N·C] end to end; `jacobian` of Σ logits [N,C,H,W]; `open` [N,N] and `units` of
 * ReLUs, where there are any. L is the mean cross-entropy; normalisation uses the batch.
 */
export function batchGraph<A>(
  subject: Subject<A>,
  batchSize: number,
  needs: ReadonlySet<QuantityName>,
): Graph {
  let gates: ReadonlyMap<string, Value> = new Map();
  let agreement: Agreement | null = null;
  const { graph, logits, weights, images } = assemble(subject, {
    batchSize,
    instruments(of) {
      const around = new Gates(of, batchSize);
      const between = new Agreement(of);
      [gates, agreement] = [around.byLayer, between];
      return {
        norm: 'batch',
        ...(needs.has('planeProducts') ? { onLayer: around.onLayer } : {}),
        ...(needs.has('agreement') ? { onActivation: between.onActivation } : {}),
      };
    },
  });
  (agreement as Agreement | null)?.output();
  const wrtWeights = needs.has('gradients') || needs.has('batchGradients') ? weights : [];
  const inOrder = subject.description.layers.map(({ name }) => gates.get(name));
  const wrtGates = inOrder.filter((gate) => gate !== undefined);
  if (wrtWeights.length + wrtGates.length > 0) {
    const targets = graph.input('targets', plain([batchSize, subject.family.classes]));
    const loss = crossEntropy(logits, targets);
    const gradients = gradient(loss, [...wrtWeights, ...wrtGates]);
    const output = (name: string, parts: readonly Value[]): void => {
      if (parts.length > 0) graph.output(name, flattenAll(parts));
    };
    output('gradients', gradients.slice(0, wrtWeights.length));
    output('planes', gradients.slice(wrtWeights.length));
  }
  if (needs.has('jacobian')) {
    graph.output('jacobian', gradient(sumAll(logits), [images])[0] as Value);
  }
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

const given = [
  'gradients',
  'batchGradients',
  'planeProducts',
  'jacobian',
  'agreement',
] as const satisfies readonly QuantityName[];

/** What a run of the graph says, quantity by quantity; undefined where the network has no such thing. */
function collected(
  outputs: Readonly<Record<string, Tensor>>,
  run: {
    readonly all: readonly Layer[];
    readonly own: readonly Layer[];
    readonly theta: Float32Array;
    readonly batch: BatchFeed;
    readonly classes: number;
  },
): {
  readonly [Q in Exclude<(typeof given)[number], 'batchGradients'>]: () =>
    Quantities[Q] | undefined;
} {
  const { all, own, theta, batch, classes } = run;
  return {
    gradients: () =>
      pairedWith(
        theta,
        own,
        splitBySize(all, floatsOf(outputs['gradients']), ({ size }) => size),
      ),
    planeProducts: () => planeProducts(all, own, batch.size, floatsOf(outputs['planes'])),
    jacobian: () => ({ rows: floatsOf(outputs['jacobian']), labels: batch.labels, classes }),
    agreement() {
      const [open, units] = [outputs['open'], outputs['units']];
      if (!open || !units) return undefined;
      return { images: batch.size, open: floatsOf(open), units: floatsOf(units)[0] as number };
    },
  };
}

export const batchPass: PassDeclaration = {
  gives: given,
  async open(subject, needs, context) {
    const batch = context.batch();
    const second = needs.has('batchGradients') ? context.batch(1) : null;
    const { classes } = subject.family;
    const pass = await openPass(subject, batchGraph(subject, batch.size, needs), context.runtime);
    const theta = context.theta(subject.description, frameworkDefault);
    const { layers: all } = subject.description;
    const readsLabels = pass.inputNames.includes('targets');
    const feedsOf = ({ images, labels }: BatchFeed) => ({
      images,
      theta: vectorFeed(theta),
      ...(readsLabels ? { targets: oneHot(labels, classes) } : {}),
    });
    const feeds = [batch, ...(second ? [second] : [])].map(feedsOf);
    return {
      async collect(architecture, own) {
        const [first, again] = [feeds[0], feeds[1]];
        const outputs = await pass.run(architecture, first ?? {});
        const say = collected(outputs, { all, own, theta, batch, classes });
        const quantities: Partial<Record<QuantityName, unknown>> = {};
        for (const name of given) {
          if (name !== 'batchGradients' && needs.has(name)) quantities[name] = say[name]();
        }
        if (again) {
          const later = await pass.run(architecture, again);
          const parts = [outputs, later].map((it) =>
            splitBySize(all, floatsOf(it['gradients']), ({ size }) => size),
          );
          quantities.batchGradients = own.map((layer) => parts.map((part) => part.get(layer)));
        }
        return quantities as Partial<Quantities>;
      },
      release: () => pass.release(),
    };
  },
};
