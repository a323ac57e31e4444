/** @file The BigNAS training loop's one step, and the state it carries. */
import { NonFiniteError, rng, type Rng } from '@sextant/common';
import type { BigNasOptions } from '@sextant/contracts';
import { Session } from '@sextant/engine';
import {
  maxArchitecture,
  minArchitecture,
  type Architecture,
  type SearchSpace,
} from '@sextant/search-space';
import {
  architectureVector,
  initialWeights,
  parameterLayout,
  type ParameterLayout,
} from '@sextant/networks';
import { EpochOrder, gather } from '../../image-batches';
import { trainModel, updateModel, type PassOptions } from '../../train-graph';
import type { StepMetrics, Trainer, TrainerInput } from '../method';
import type { TrainingState, VectorLengths } from '../training-state';
import { sandwich } from './sandwich-rule';
import { learningRateAt } from './schedule';
import { smoothedLabels } from './targets';

export type BigNasSettings = Omit<BigNasOptions, 'checkpointSeconds'>;

export type BigNasState = TrainingState<'theta' | 'velocity'>;

export function vectorLengths(space: SearchSpace): VectorLengths<'theta' | 'velocity'> {
  const { total } = parameterLayout(space);
  return { theta: total, velocity: total };
}

/** Forward and backward passes: of any child, and of the two that every step trains. */
interface Passes {
  readonly elastic: Session;
  readonly largest: Session;
  readonly smallest: Session;
}

/**
 * Trains a supernet in steps of one sandwich.
 * @see Yu et al. 2020, BigNAS, arXiv:2003.11142 §3
 */
export class BigNasTrainer implements Trainer<'theta' | 'velocity'> {
  readonly totalSteps: number;
  private readonly order: EpochOrder;
  private readonly draws: Rng;

  private constructor(
    private readonly input: TrainerInput<BigNasSettings>,
    readonly layout: ParameterLayout,
    private readonly passes: Passes,
    private readonly update: Session,
    private current: BigNasState,
  ) {
    const { settings, train, seed } = input;
    this.draws = rng(seed, 'big-nas');
    this.order = new EpochOrder(train.count, settings.batchSize, this.draws.fork('order'));
    this.totalSteps = Math.max(1, Math.round(settings.epochs * this.order.stepsPerEpoch));
  }

  /** Starts fresh, or from a stored state. */
  static async create(
    input: TrainerInput<BigNasSettings>,
    stored?: BigNasState,
  ): Promise<BigNasTrainer> {
    const { space, settings, format, threads, lowerings } = input;
    const layout = parameterLayout(space);
    const session = (model: Uint8Array): Promise<Session> =>
      Session.create(model, {
        threads,
        optimization: 'none',
        allocation: 'asNeeded',
        executionProvider: lowerings.executionProvider,
      });
    const pass = (options: PassOptions): Promise<Session> =>
      session(trainModel(space, layout, format, settings.batchSize, options));
    const [elastic, largest, smallest, update] = await Promise.all([
      pass({ lowering: lowerings.elastic }),
      pass({ lowering: lowerings.known, architecture: maxArchitecture(space) }),
      pass({ lowering: lowerings.known, architecture: minArchitecture(space) }),
      session(updateModel(layout, settings)),
    ]);
    const passes = { elastic, largest, smallest };
    const state = stored ?? {
      step: 0,
      vectors: {
        theta: initialWeights(layout, rng(input.seed, 'weights')),
        velocity: new Float32Array(layout.total),
      },
    };
    return new BigNasTrainer(input, layout, passes, update, state);
  }

  get state(): BigNasState {
    return this.current;
  }

  get isFinished(): boolean {
    return this.current.step >= this.totalSteps;
  }

  /**
   * One sandwich and one update: gradients of all children are summed, not averaged.
   * @returns the largest network's loss (nats)
   */
  async step(): Promise<StepMetrics> {
    const { space, settings, train, format } = this.input;
    const { step, vectors } = this.current;
    const draw = this.draws.fork('step').fork(step);
    const flip = draw.fork('flip');
    const batch = gather(train, this.order.batchAt(step), format.width, () =>
      settings.horizontalFlip ? flip.uniform() < 0.5 : false,
    );
    const { random } = sandwich(space, settings.randomSubnets, draw.fork('sandwich'));
    const hard = smoothedLabels(batch.labels, space.classes, settings.labelSmoothing);
    const { elastic, largest, smallest } = this.passes;
    const none = new Float32Array(this.layout.total);
    const teacher = await this.pass(largest, { images: batch.images, targets: hard }, none);
    if (!Number.isFinite(teacher.loss)) {
      throw new NonFiniteError(`the loss is ${teacher.loss} at step ${step}; lower learningRate`);
    }
    const taught = { images: batch.images, targets: teacher.probabilities };
    let { gradients } = teacher;
    for (const child of random) {
      ({ gradients } = await this.pass(elastic, taught, gradients, child));
    }
    ({ gradients } = await this.pass(smallest, taught, gradients));
    this.current = await this.apply(step, vectors, gradients);
    return { loss: teacher.loss };
  }

  async release(): Promise<void> {
    const { elastic, largest, smallest } = this.passes;
    await Promise.all([elastic, largest, smallest, this.update].map((it) => it.release()));
  }

  private async pass(
    session: Session,
    { images, targets }: { readonly images: Uint8Array; readonly targets: Float32Array },
    gradientSum: Float32Array,
    child?: Architecture,
  ) {
    const { space, settings, format } = this.input;
    const vector = child && architectureVector(space, child);
    const dims = [this.layout.total];
    const n = settings.batchSize;
    const results = await session.run({
      image: { data: images, dims: [n, format.channels, format.height, format.width] },
      targets: { data: targets, dims: [n, space.classes] },
      ...(vector ? { architecture: { data: vector, dims: [vector.length] } } : {}),
      theta: { data: this.current.vectors.theta, dims },
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
    { theta, velocity }: BigNasState['vectors'],
    gradients: Float32Array,
  ): Promise<BigNasState> {
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
      vectors: {
        theta: results['nextTheta']?.data as Float32Array,
        velocity: results['nextVelocity']?.data as Float32Array,
      },
    };
  }
}
