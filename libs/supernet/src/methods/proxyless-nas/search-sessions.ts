/** @file The models of a search: weights of one path, gates of two or all, accuracy of a path. */
import {
  writeModel,
  type Graph,
  type Lowering,
  type Lowerings,
  type Session,
} from '@sextant/engine';
import { architectureInput } from '@sextant/networks';
import { smoothedLabels } from '../big-nas/targets';
import type { Batch } from '../../image-batches';
import { trainingSession, trainingSessionOptions } from '../training-session';
import { WeightUpdate } from '../weight-update';
import type { UpdateOptions } from '../../update';
import { gatesOf, type DrawnPaths, type GatePass } from './architecture-step';
import { candidateOffsets, entriesPerEdge, pathVector, type Path } from './edges';
import type { PathNetwork } from './mixed-network';
import {
  forwardGraph,
  fullGraph,
  gatesInput,
  otherInput,
  otherThetaInput,
  pairGraph,
  recomputeGraph,
  weightGraph,
  type GateMode,
} from './passes';
import { gatherPath, scatterPath } from './path-weights';

/** How architecture parameters learn: from gates, or from rewards of forward passes alone. */
export type ArchitecturePass = GateMode | 'forward';

export const architectureGraphs: Readonly<Record<ArchitecturePass, (net: PathNetwork) => Graph>> = {
  two: pairGraph,
  recompute: recomputeGraph,
  full: fullGraph,
  forward: forwardGraph,
};

/** Of one set of nodes for all sizes, or of nodes for every candidate. */
export const loweringOf: Readonly<Record<ArchitecturePass, 'elastic' | 'known'>> = {
  two: 'elastic',
  forward: 'elastic',
  recompute: 'known',
  full: 'known',
};

export interface SessionsOptions {
  readonly update: UpdateOptions;
  readonly threads: number;
  readonly lowerings: Lowerings;
}

/** Weights of every candidate, and what their optimizer keeps. */
export interface Stored {
  readonly store: Float32Array;
  readonly velocity: Float32Array;
}

const sizesFeed = (data: BigInt64Array) => ({ data, dims: [data.length] });
/** Which candidate, by edge. */
const indicesFeed = (path: Path) => sizesFeed(BigInt64Array.from(path.map(BigInt)));
const vectorFeed = (data: Float32Array) => ({ data, dims: [data.length] });

/** What a step of the weights came to. */
export interface WeightStep {
  /** Before it, in nats. */
  readonly loss: number;
  /** Puts the path's weights back as they were, bit for bit, until the next step. */
  readonly undo: () => void;
}

/** Sessions that take weights in and give gradients, losses and accuracies; nothing is kept between calls. */
export class SearchSessions {
  private constructor(
    private readonly net: PathNetwork,
    /** Null: the architecture pass has the gradients of weights as well. */
    private readonly weightPass: Session | null,
    private readonly architecturePass: Session,
    private readonly update: WeightUpdate,
  ) {}

  static async create(
    net: PathNetwork,
    architecture: ArchitecturePass,
    { update, threads, lowerings }: SessionsOptions,
  ): Promise<SearchSessions> {
    const where = { threads, lowerings };
    const session = (graph: Graph, lowering: Lowering): Promise<Session> =>
      trainingSession(writeModel(graph, { lowering }), where);
    const [architecturePass, updating] = await Promise.all([
      session(architectureGraphs[architecture](net), lowerings[loweringOf[architecture]]),
      WeightUpdate.create(net.weights.path, update, trainingSessionOptions(where)),
    ]);
    const weightPass =
      architecture === 'two' ? null : await session(weightGraph(net), lowerings.elastic);
    return new SearchSessions(net, weightPass, architecturePass, updating);
  }

  /**
   * One step of the weights on a path, written into the store: no other candidate is read or copied, so that their number does
   * not matter. A step that throws has written nothing.
   */
  async weightStep(
    { store, velocity }: Stored,
    path: Path,
    batch: Batch,
    { labelSmoothing, learningRate }: { labelSmoothing: number; learningRate: number },
  ): Promise<WeightStep> {
    const { weights } = this.net;
    const theta = gatherPath(weights, store, path);
    const feeds = {
      ...this.batchFeeds(batch, labelSmoothing),
      [architectureInput]: this.sizesOf(path),
      theta: vectorFeed(theta),
      gradientSum: this.zeros(),
    };
    const results = await (this.weightPass
      ? this.weightPass.run(feeds)
      : this.architecturePass.run({ ...feeds, ...this.nothingBeside(path) }));
    const vectors = { theta, velocity: gatherPath(weights, velocity, path) };
    const next = await this.update.apply(
      vectors,
      results['gradients']?.data as Float32Array,
      learningRate,
    );
    const write = (of: { readonly theta: Float32Array; readonly velocity: Float32Array }): void => {
      scatterPath(weights, store, path, of.theta);
      scatterPath(weights, velocity, path, of.velocity);
    };
    write({ theta: next.theta, velocity: next['velocity'] as Float32Array });
    return { loss: results['loss']?.data[0] as number, undo: () => write(vectors) };
  }

  /** Cross-entropy of the active path, in nats, and the gradients of the gates that the mode looks at. */
  async gatePass(
    mode: GateMode,
    store: Float32Array,
    paths: DrawnPaths,
    batch: Batch,
  ): Promise<GatePass> {
    const { edges } = this.net;
    const results = await this.architecturePass.run({
      ...this.batchFeeds(batch, 0),
      ...this.weightFeeds(mode, store, paths),
    });
    return {
      crossEntropy: results['loss']?.data[0] as number,
      gates: gatesOf(mode, edges, paths, results['gates']?.data as Float32Array),
    };
  }

  /** Fraction of the batch that a path classifies right, by the statistics of the batch. */
  async accuracy(store: Float32Array, path: Path, batch: Batch): Promise<number> {
    const results = await this.architecturePass.run({
      ...this.batchFeeds(batch, 0),
      [architectureInput]: this.sizesOf(path),
      theta: vectorFeed(gatherPath(this.net.weights, store, path)),
    });
    const probabilities = results['probabilities']?.data as Float32Array;
    const { classes } = this.net.space;
    const isRight = (label: number, n: number): boolean => {
      const row = probabilities.subarray(n * classes, (n + 1) * classes);
      return row.indexOf(Math.max(...row)) === label;
    };
    const right = [...batch.labels].filter(isRight).length;
    return right / batch.labels.length;
  }

  async release(): Promise<void> {
    const { weightPass, architecturePass, update } = this;
    const all = [architecturePass, update, ...(weightPass ? [weightPass] : [])];
    await Promise.all(all.map((it) => it.release()));
  }

  private zeros() {
    return vectorFeed(new Float32Array(this.net.weights.path.total));
  }

  /** The path looked at beside another, no block of which stands. */
  private nothingBeside(path: Path) {
    const sizes = pathVector(this.net.edges, path);
    this.net.edges.forEach((_, edge) => (sizes[entriesPerEdge * edge] = 0n));
    return { [otherInput]: sizesFeed(sizes), [otherThetaInput]: this.zeros() };
  }

  private sizesOf(path: Path) {
    return sizesFeed(pathVector(this.net.edges, path));
  }

  private weightFeeds(mode: GateMode, store: Float32Array, { active, other }: DrawnPaths) {
    const { weights, edges } = this.net;
    if (mode === 'two') {
      return {
        [architectureInput]: this.sizesOf(active),
        theta: vectorFeed(gatherPath(weights, store, active)),
        [otherInput]: this.sizesOf(other),
        [otherThetaInput]: vectorFeed(gatherPath(weights, store, other)),
        gradientSum: this.zeros(),
      };
    }
    const ofStore = { [architectureInput]: indicesFeed(active), theta: vectorFeed(store) };
    if (mode === 'recompute') return ofStore;
    const { offsets, total } = candidateOffsets(edges);
    const gates = new Float32Array(total);
    active.forEach((at, edge) => (gates[(offsets[edge] as number) + at] = 1));
    return { ...ofStore, [gatesInput]: vectorFeed(gates) };
  }

  private batchFeeds({ images, labels }: Batch, labelSmoothing: number) {
    const { batchSize, format, space } = this.net;
    const targets = smoothedLabels(labels, space.classes, labelSmoothing);
    return {
      image: { data: images, dims: [batchSize, format.channels, format.height, format.width] },
      targets: { data: targets, dims: [batchSize, space.classes] },
    };
  }
}
