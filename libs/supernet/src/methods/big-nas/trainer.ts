/** @file The BigNAS training loop's one step, and the state it carries. */
import { NonFiniteError, rng, type Rng } from '@sextant/common';
import { Session, type Lowering } from '@sextant/engine';
import type { Architecture, SearchSpace } from '@sextant/search-space';
import { architectureVector } from '../../elastic-sizes';
import { EpochOrder, gather, type LabelledImages } from '../../image-batches';
import { initialWeights, parameterLayout, type ParameterLayout } from '../../parameters';
import { trainModel, updateModel, type ImageFormat } from '../../train-graph';
import { sandwich } from './sandwich-rule';
import { learningRateAt } from './schedule';
import { smoothedLabels } from './targets';

export interface BigNasSettings {
  readonly epochs: number;
  readonly batchSize: number;
  readonly randomSubnets: number;
  readonly learningRate: number;
  readonly learningRateFloor: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly labelSmoothing: number;
  readonly gradientClip: number;
  readonly horizontalFlip: boolean;
}

/** All that a run carries from step to step: with (seed, settings, data) it determines the rest. */
export interface TrainingState {
  readonly step: number;
  readonly theta: Float32Array;
  readonly velocity: Float32Array;
}

export interface TrainerInput {
  readonly space: SearchSpace;
  readonly train: LabelledImages;
  readonly format: ImageFormat;
  readonly settings: BigNasSettings;
  readonly seed: number;
  readonly threads: number;
  readonly lowering: Lowering;
}

/**
 * Trains a supernet in steps of one sandwich. Draws depend on (seed, step) only, so a trainer created from a stored
 * state continues bit for bit as the one that stored it, on the same machine class and number of threads.
 * @see Yu et al. 2020, BigNAS, arXiv:2003.11142 §3
 */
export class BigNasTrainer {
  readonly totalSteps: number;
  private readonly order: EpochOrder;
  private readonly draws: Rng;

  private constructor(
    private readonly input: TrainerInput,
    readonly layout: ParameterLayout,
    private readonly passes: Session,
    private readonly update: Session,
    private current: TrainingState,
  ) {
    const { settings, train, seed } = input;
    this.draws = rng(seed, 'big-nas');
    this.order = new EpochOrder(train.count, settings.batchSize, this.draws.fork('order'));
    this.totalSteps = Math.max(1, Math.round(settings.epochs * this.order.stepsPerEpoch));
  }

  /** Starts fresh, or from a stored state. */
  static async create(input: TrainerInput, stored?: TrainingState): Promise<BigNasTrainer> {
    const { space, settings, format, threads, lowering } = input;
    const layout = parameterLayout(space);
    const session = (model: Uint8Array): Promise<Session> =>
      Session.create(model, { threads, optimization: 'none' });
    const [passes, update] = await Promise.all([
      session(trainModel(space, layout, format, settings.batchSize, lowering)),
      session(updateModel(layout, settings)),
    ]);
    const state = stored ?? {
      step: 0,
      theta: initialWeights(layout, rng(input.seed, 'weights')),
      velocity: new Float32Array(layout.total),
    };
    return new BigNasTrainer(input, layout, passes, update, state);
  }

  get state(): TrainingState {
    return this.current;
  }

  get isFinished(): boolean {
    return this.current.step >= this.totalSteps;
  }

  /**
   * One sandwich and one update: gradients of all children are summed, not averaged.
   * @returns the largest network's loss (nats)
   * @throws {NonFiniteError} the loss is NaN or infinite
   */
  async step(): Promise<number> {
    const { space, settings, train, format } = this.input;
    const { step, theta, velocity } = this.current;
    const draw = this.draws.fork('step').fork(step);
    const flip = draw.fork('flip');
    const batch = gather(train, this.order.batchAt(step), format.width, () =>
      settings.horizontalFlip ? flip.uniform() < 0.5 : false,
    );
    const [largest, ...others] = sandwich(space, settings.randomSubnets, draw.fork('sandwich'));
    const hard = smoothedLabels(batch.labels, space.classes, settings.labelSmoothing);
    const teacher = await this.pass(batch.images, hard, largest, new Float32Array(theta.length));
    if (!Number.isFinite(teacher.loss)) {
      throw new NonFiniteError(`the loss is ${teacher.loss} at step ${step}; lower learningRate`);
    }
    let gradients = teacher.gradients;
    for (const child of others) {
      const student = await this.pass(batch.images, teacher.probabilities, child, gradients);
      gradients = student.gradients;
    }
    this.current = await this.apply(step, theta, velocity, gradients);
    return teacher.loss;
  }

  async release(): Promise<void> {
    await Promise.all([this.passes.release(), this.update.release()]);
  }

  private async pass(
    images: Uint8Array,
    targets: Float32Array,
    architecture: Architecture,
    gradientSum: Float32Array,
  ) {
    const { space, settings, format } = this.input;
    const vector = architectureVector(space, architecture);
    const dims = [this.layout.total];
    const n = settings.batchSize;
    const results = await this.passes.run({
      image: { data: images, dims: [n, format.channels, format.height, format.width] },
      targets: { data: targets, dims: [n, space.classes] },
      architecture: { data: vector, dims: [vector.length] },
      theta: { data: this.current.theta, dims },
      gradientSum: { data: gradientSum, dims },
    });
    return {
      loss: results['loss']?.data[0] as number,
      probabilities: results['probabilities']?.data as Float32Array,
      gradients: results['gradients']?.data as Float32Array,
    };
  }

  private async apply(
    step: number,
    theta: Float32Array,
    velocity: Float32Array,
    gradients: Float32Array,
  ): Promise<TrainingState> {
    const dims = [theta.length];
    const rate = learningRateAt(step, this.totalSteps, this.input.settings);
    const results = await this.update.run({
      theta: { data: theta, dims },
      velocity: { data: velocity, dims },
      gradients: { data: gradients, dims },
      learningRate: { data: Float32Array.of(rate), dims: [] },
    });
    return {
      step: step + 1,
      theta: results['nextTheta']?.data as Float32Array,
      velocity: results['nextVelocity']?.data as Float32Array,
    };
  }
}
