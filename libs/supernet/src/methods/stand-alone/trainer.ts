/** @file One architecture trained by itself, as networks are when no supernet is there: what inherited weights are held against. */
import { NonFiniteError, rng, type Rng } from '@sextant/common';
import { fillUniform, type Session } from '@sextant/engine';
import { parameterLayout, staticSizes, type ParameterLayout } from '@sextant/networks';
import type { Architecture } from '@sextant/search-space';
import { EpochOrder, gather } from '../../image-batches';
import { chanceInput, chanceLength } from '../../regularisation';
import { trainModel } from '../../train-graph';
import { learningRateAt } from '../big-nas/schedule';
import { smoothedLabels } from '../big-nas/targets';
import type { BigNasSettings } from '../big-nas/trainer';
import type { StepMetrics, Trainer, TrainerInput } from '../method';
import { trainingSession, trainingSessionOptions } from '../training-session';
import { requireVectors, type TrainingState } from '../training-state';
import { freshWeights, weightLengths, WeightUpdate } from '../weight-update';

/** Those of the largest network of a BigNAS supernet. */
export type StandAloneSettings = Omit<
  BigNasSettings,
  'randomSubnets' | 'sampling' | 'sampledCandidates' | 'costBinMacs' | 'distillation'
>;

export interface StandAloneInput extends TrainerInput<StandAloneSettings> {
  readonly architecture: Architecture;
}

/** Weights lie where the supernet of the space has them, so that the trained network is a child like any other. */
export class StandAloneTrainer implements Trainer<'theta'> {
  readonly totalSteps: number;
  private readonly order: EpochOrder;
  private readonly draws: Rng;
  private readonly chances: number;

  private constructor(
    private readonly input: StandAloneInput,
    readonly layout: ParameterLayout,
    private readonly pass: Session,
    private readonly update: WeightUpdate,
    private current: TrainingState<'theta'>,
  ) {
    const { space, architecture, settings, train, seed } = input;
    this.draws = rng(seed, 'stand-alone');
    this.order = new EpochOrder(train.count, settings.batchSize, this.draws.fork('order'));
    this.totalSteps = Math.max(1, Math.round(settings.epochs * this.order.stepsPerEpoch));
    this.chances = chanceLength(staticSizes(space, architecture), settings.batchSize, settings);
  }

  /** Starts fresh, or from a stored state. @throws {CheckpointCorruptError} `stored` is of another space */
  static async create(input: StandAloneInput, stored?: TrainingState): Promise<StandAloneTrainer> {
    const { space, architecture, format, settings, lowerings, seed } = input;
    const layout = parameterLayout(space);
    const model = trainModel(space, layout, format, settings.batchSize, {
      lowering: lowerings.known,
      architecture,
      regularisation: settings,
    });
    const [pass, update] = await Promise.all([
      trainingSession(model, input),
      WeightUpdate.create(layout, settings, trainingSessionOptions(input)),
    ]);
    const state = stored
      ? requireVectors(stored, weightLengths(layout, settings))
      : { step: 0, vectors: freshWeights(layout, settings, rng(seed, 'weights')) };
    return new StandAloneTrainer(input, layout, pass, update, state);
  }

  get state(): TrainingState<'theta'> {
    return this.current;
  }

  get isFinished(): boolean {
    return this.current.step >= this.totalSteps;
  }

  async step(): Promise<StepMetrics> {
    const { space, settings, train, format } = this.input;
    const { step, vectors } = this.current;
    const draw = this.draws.fork('step').fork(step);
    const flip = draw.fork('flip');
    const { images, labels } = gather(train, this.order.batchAt(step), format.width, () =>
      settings.horizontalFlip ? flip.uniform() < 0.5 : false,
    );
    const n = settings.batchSize;
    const dims = [this.layout.total];
    const chance = fillUniform(new Float32Array(this.chances), draw.fork('chance'));
    const results = await this.pass.run({
      image: { data: images, dims: [n, format.channels, format.height, format.width] },
      targets: {
        data: smoothedLabels(labels, space.classes, settings.labelSmoothing),
        dims: [n, space.classes],
      },
      ...(this.chances > 0 ? { [chanceInput]: { data: chance, dims: [this.chances] } } : {}),
      theta: { data: vectors.theta, dims },
      gradientSum: { data: new Float32Array(this.layout.total), dims },
    });
    const loss = results['loss']?.data[0] as number;
    if (!Number.isFinite(loss)) {
      throw new NonFiniteError(`the loss is ${loss} at step ${step}; lower learningRate`);
    }
    const rate = learningRateAt(step, this.totalSteps, settings, this.order.stepsPerEpoch);
    const gradients = results['gradients']?.data as Float32Array;
    const next = await this.update.apply(vectors, gradients, rate);
    this.current = { step: step + 1, vectors: next };
    return { loss };
  }

  async release(): Promise<void> {
    await Promise.all([this.pass.release(), this.update.release()]);
  }
}
