/** @file One labelled batch through the network and back: what gradient-based proxies share. */
import {
  crossEntropy,
  flattenAll,
  gradient,
  plain,
  reshape,
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
import type { ChannelCovariance, PlaneProducts, Quantities, QuantityName } from '../quantities';
import { ActivationMaps, activationMaps } from './activation-maps';
import { channelsOf, covarianceOf } from './channel-rows';
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

export interface BatchGraph {
  readonly graph: Graph;
  /** Of the ReLUs that were looked at. */
  readonly activations: Pick<ActivationMaps, 'units' | 'readerCounts'>;
  /** Of the outputs of stem and blocks that were looked at. */
  readonly blockChannels: readonly number[];
}

/**
 * Inputs: images, targets [N,K] (one-hot), theta, architecture. Outputs, each if it is needed: `gradients` of the layers' weights
 * end to end; `planes`, ∂L/∂gate of the layers [N·C] end to end; `inputGradient` ∂L/∂x and `jacobian` of Σ logits [N,C,H,W];
 * `logits` [N,K]; `covariances` [C·C] of blocks end to end; `open` and `readers` of ReLUs, where there are any. L is the mean
 * cross-entropy; normalisation uses the batch.
 */
export function batchGraph<A>(
  subject: Subject<A>,
  batchSize: number,
  needs: ReadonlySet<QuantityName>,
): BatchGraph {
  let around: Gates | null = null;
  let activations: ActivationMaps | null = null;
  const blocks: Value[] = [];
  const { graph, logits, weights, images } = assemble(subject, {
    batchSize,
    instruments(of) {
      const [gates, maps] = [new Gates(of, batchSize), new ActivationMaps(of)];
      [around, activations] = [gates, maps];
      return {
        norm: 'batch',
        ...(needs.has('planeProducts') ? { onLayer: gates.onLayer } : {}),
        ...(needs.has('agreement') ? { onActivation: maps.onActivation } : {}),
      };
    },
    onBlock(output) {
      if (needs.has('blockCovariances')) blocks.push(output);
      return output;
    },
  });
  const [gates, maps] = [around, activations] as unknown as [Gates, ActivationMaps];
  maps.output();
  if (blocks.length > 0) graph.output('covariances', flattenAll(blocks.map(covarianceOf)));
  if (needs.has('logits')) graph.output('logits', logits);
  const wanted = {
    gradients: needs.has('gradients') || needs.has('batchGradients') ? weights : [],
    planes: subject.description.layers.flatMap(({ name }) => gates.byLayer.get(name) ?? []),
    inputGradient: needs.has('inputGradient') ? [images] : [],
  };
  outputGradients(subject, graph, logits, wanted);
  if (needs.has('jacobian')) {
    graph.output('jacobian', gradient(sumAll(logits), [images])[0] as Value);
  }
  return { graph, activations: maps, blockChannels: blocks.map(channelsOf) };
}

/** Gradients of the loss by several lists of values, each list an output end to end. */
function outputGradients<A>(
  { family }: Subject<A>,
  graph: Graph,
  logits: Value,
  wanted: Readonly<Record<string, readonly Value[]>>,
): void {
  const all = Object.values(wanted).flat();
  if (all.length === 0) return;
  const targets = graph.input('targets', plain(logits.type.dims.with(1, family.classes)));
  const gradients = gradient(crossEntropy(logits, targets), all);
  let first = 0;
  for (const [name, values] of Object.entries(wanted)) {
    const own = gradients.slice(first, (first += values.length));
    if (own.length > 0) graph.output(name, flattenAll(own));
  }
}

/** Square matrices laid end to end. */
function covariancesOf(channels: readonly number[], all: Float32Array): ChannelCovariance[] {
  let first = 0;
  return channels.map((count) => ({
    channels: count,
    covariance: all.subarray(first, (first += count ** 2)),
  }));
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
  'inputGradient',
  'logits',
  'blockCovariances',
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
    readonly built: BatchGraph;
  },
): {
  readonly [Q in Exclude<(typeof given)[number], 'batchGradients'>]: () =>
    Quantities[Q] | undefined;
} {
  const { all, own, theta, batch, classes, built } = run;
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
      const [open, readers] = [outputs['open'], outputs['readers']];
      if (!open || !readers) return undefined;
      const maps = activationMaps(built.activations, floatsOf(open), floatsOf(readers));
      return { images: batch.size, maps };
    },
    inputGradient: () => ({ images: batch.size, rows: floatsOf(outputs['inputGradient']) }),
    logits: () => ({ values: floatsOf(outputs['logits']), classes }),
    blockCovariances: () =>
      built.blockChannels.length > 0
        ? covariancesOf(built.blockChannels, floatsOf(outputs['covariances']))
        : undefined,
  };
}

export const batchPass: PassDeclaration = {
  gives: given,
  async open(subject, needs, context) {
    const batch = context.batch();
    const second = needs.has('batchGradients') ? context.batch(1) : null;
    const { classes } = subject.family;
    const built = batchGraph(subject, batch.size, needs);
    const pass = await openPass(subject, built.graph, context.runtime);
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
        const say = collected(outputs, { all, own, theta, batch, classes, built });
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
