/** @file Training of one fixed network from scratch: a task's teacher, and what a search came to. */
import { rng, type Rng } from '@sextant/common';
import { cosineDecay, type Lowerings, type Session } from '@sextant/engine';
import type { ParameterLayout } from '@sextant/networks';
import { pruneTopology, type Topology, type TopologySpace } from '@sextant/search-space';
import { EpochOrder } from '../../image-batches';
import type { ImageFormat } from '../../pass-graph';
import type { UpdateOptions } from '../../update';
import type { StepMetrics, Trainer } from '../method';
import { trainingSession, trainingSessionOptions } from '../training-session';
import type { TrainingState } from '../training-state';
import { freshWeights, WeightUpdate } from '../weight-update';
import { readsOf, type DerivedNetwork } from './derived-models';
import { batchFeeds, mirrorHalf, runPass } from './run-pass';
import type { Images } from './evaluate-network';
import { planLayout } from './network-plan';
import { passModel } from './pass';
import type { BoundTask } from './scene-task';

export interface NetworkTraining {
  readonly space: TopologySpace;
  readonly topology: Topology;
  readonly format: ImageFormat;
  readonly images: Images;
  /** With a label for each image. */
  readonly tasks: readonly BoundTask[];
  readonly settings: Omit<UpdateOptions, 'optimizer'> & {
    readonly steps: number;
    readonly batchSize: number;
    readonly learningRate: number;
    readonly horizontalFlip: boolean;
  };
  readonly seed: number;
  readonly threads: number;
  readonly lowerings: Lowerings;
}

/** Of SGD. */
type Vectors = NetworkState['vectors'];
type NetworkState = TrainingState<'theta' | 'velocity'>;

/** Of every network trained here. */
export const optimizer = 'sgd';

/** Stochastic gradient descent with a rate that falls as a cosine. Units that reach no head are left out. */
export class NetworkTrainer implements Trainer<'theta' | 'velocity'> {
  readonly totalSteps: number;
  private readonly order: EpochOrder;
  private readonly draws: Rng;

  private constructor(
    private readonly input: NetworkTraining,
    readonly layout: ParameterLayout,
    private readonly pass: Session,
    private readonly update: WeightUpdate,
    private current: NetworkState,
  ) {
    const { settings, images, seed } = input;
    this.totalSteps = settings.steps;
    this.draws = rng(seed, 'network');
    this.order = new EpochOrder(images.count, settings.batchSize, this.draws.fork('order'));
  }

  /** Starts fresh, or from a stored state. */
  static async create(input: NetworkTraining, stored?: NetworkState): Promise<NetworkTrainer> {
    const { settings, lowerings, space } = input;
    const layout = planLayout(input);
    const topology = pruneTopology(space, input.topology, readsOf(input));
    const shape = { layout, batchSize: settings.batchSize, topology, withGradients: true };
    const pass = await trainingSession(passModel(input, shape, lowerings.known), input);
    const update = await WeightUpdate.create(
      layout,
      { ...settings, optimizer },
      trainingSessionOptions(input),
    );
    const fresh = () =>
      freshWeights(layout, { ...settings, optimizer }, rng(input.seed, 'weights'));
    const state = stored ?? { step: 0, vectors: fresh() as Vectors };
    return new NetworkTrainer(input, layout, pass, update, state);
  }

  get state(): NetworkState {
    return this.current;
  }

  get isFinished(): boolean {
    return this.current.step >= this.totalSteps;
  }

  /** What was trained so far, to be evaluated or exported. */
  get network(): DerivedNetwork {
    return { ...this.input, layout: this.layout, theta: this.current.vectors.theta };
  }

  async step(): Promise<StepMetrics> {
    const { settings, images, tasks, format } = this.input;
    const { step, vectors } = this.current;
    const flips = this.draws.fork('flip').fork(step);
    const mirror = mirrorHalf(settings.batchSize, settings.horizontalFlip, flips);
    const batch = batchFeeds(images, tasks, format, this.order.batchAt(step), mirror);
    const { losses, gradients } = await runPass(this.pass, {
      theta: vectors.theta,
      batch,
      taskWeights: tasks.map(() => 1),
    });
    const rate = cosineDecay(settings.learningRate, this.totalSteps)(step);
    const next = await this.update.apply(vectors, gradients as Float32Array, rate);
    this.current = { step: step + 1, vectors: next as Vectors };
    const byTask = tasks.map(({ name }, at) => [`loss.${name}`, losses[at] as number] as const);
    return { loss: losses.reduce((sum, loss) => sum + loss), ...Object.fromEntries(byTask) };
  }

  async release(): Promise<void> {
    await Promise.all([this.pass.release(), this.update.release()]);
  }
}
