/** @file The BigNAS training loop's one step, and the state it carries. */
import { NonFiniteError, rng, type Rng } from '@sextant/common';
import type { BigNasOptions } from '@sextant/contracts';
import { fillUniform, type Session } from '@sextant/engine';
import {
  costRange,
  maxArchitecture,
  minArchitecture,
  type Architecture,
  type SearchSpace,
} from '@sextant/search-space';
import {
  architectureVector,
  parameterLayout,
  staticSizes,
  type ParameterLayout,
} from '@sextant/networks';
import { EpochOrder, gather } from '../../image-batches';
import { chanceInput, chanceLength } from '../../regularisation';
import { elasticLossModel, trainModel, type PassOptions } from '../../train-graph';
import type { StepMetrics, Trainer, TrainerInput } from '../method';
import { trainingSession, trainingSessionOptions } from '../training-session';
import type { TrainingState, VectorLengths } from '../training-state';
import { freshWeights, weightLengths, WeightUpdate } from '../weight-update';
import { adaptiveAlpha } from './alpha-divergence';
import { countCostBins, type CostBins } from './attentive-sampling';
import { randomChildren } from './random-children';
import { learningRateAt } from './schedule';
import { smoothedLabels } from './targets';

export type BigNasSettings = Omit<BigNasOptions, 'checkpointSeconds'>;

export type BigNasState = TrainingState<'theta'>;

export const vectorLengths = (
  space: SearchSpace,
  settings: BigNasSettings,
): VectorLengths<'theta'> => weightLengths(parameterLayout(space), settings);

/** Passes of any child, and of the two that every step trains. */
interface Passes {
  readonly elastic: Session;
  readonly largest: Session;
  readonly smallest: Session;
  /** Of any child, forward only; null where children are drawn without looking at their loss. */
  readonly loss: Session | null;
}

const countedArchitectures = 20_000;
const binsOfRange = 64;

/** MACs of the bins that best-up and worst-up sampling draws from; null for uniform sampling. */
function costBinsOf({ space, settings, seed }: TrainerInput<BigNasSettings>): CostBins | null {
  if (settings.sampling === 'uniform') return null;
  const { min, max } = costRange(space).macs;
  const width = settings.costBinMacs ?? Math.max(1, (max - min) / binsOfRange);
  return countCostBins(space, width, countedArchitectures, rng(seed, 'cost-bins'));
}

async function createPasses(
  { space, settings, format, threads, lowerings }: TrainerInput<BigNasSettings>,
  layout: ParameterLayout,
): Promise<Passes> {
  const { batchSize, distillation, sampling } = settings;
  const where = { threads, lowerings };
  const pass = (options: PassOptions): Promise<Session> =>
    trainingSession(trainModel(space, layout, format, batchSize, options), where);
  const taught = distillation === 'adaptive-alpha' ? { objective: adaptiveAlpha } : {};
  const [elastic, largest, smallest, loss] = await Promise.all([
    pass({ lowering: lowerings.elastic, ...taught }),
    pass({
      lowering: lowerings.known,
      architecture: maxArchitecture(space),
      regularisation: settings,
    }),
    pass({ lowering: lowerings.known, architecture: minArchitecture(space), ...taught }),
    sampling === 'uniform'
      ? null
      : trainingSession(
          elasticLossModel(space, layout, format, batchSize, lowerings.elastic),
          where,
        ),
  ]);
  return { elastic, largest, smallest, loss };
}

/** What one pass is fed beside weights. */
interface PassFeed {
  readonly images: Uint8Array;
  readonly targets: Float32Array;
  readonly child?: Architecture;
  /** Uniforms of regularisers. */
  readonly chance?: Float32Array;
}

/**
 * Trains a supernet in steps of one sandwich.
 * @see Yu et al. 2020, BigNAS, arXiv:2003.11142 §3
 */
export class BigNasTrainer implements Trainer<'theta'> {
  readonly totalSteps: number;
  private readonly order: EpochOrder;
  private readonly draws: Rng;
  private readonly costBins: CostBins | null;
  private readonly chances: number;

  private constructor(
    private readonly input: TrainerInput<BigNasSettings>,
    readonly layout: ParameterLayout,
    private readonly passes: Passes,
    private readonly update: WeightUpdate,
    private current: BigNasState,
  ) {
    const { space, settings, train, seed } = input;
    this.draws = rng(seed, 'big-nas');
    this.order = new EpochOrder(train.count, settings.batchSize, this.draws.fork('order'));
    this.totalSteps = Math.max(1, Math.round(settings.epochs * this.order.stepsPerEpoch));
    this.costBins = costBinsOf(input);
    const sizes = staticSizes(space, maxArchitecture(space));
    this.chances = chanceLength(sizes, settings.batchSize, settings);
  }

  /** Starts fresh, or from a stored state. */
  static async create(
    input: TrainerInput<BigNasSettings>,
    stored?: BigNasState,
  ): Promise<BigNasTrainer> {
    const { space, settings, seed } = input;
    const layout = parameterLayout(space);
    const [passes, update] = await Promise.all([
      createPasses(input, layout),
      WeightUpdate.create(layout, settings, trainingSessionOptions(input)),
    ]);
    const fresh = () => freshWeights(layout, settings, rng(seed, 'weights'));
    const state = stored ?? { step: 0, vectors: fresh() };
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
    const { images, labels } = gather(train, this.order.batchAt(step), format.width, () =>
      settings.horizontalFlip ? flip.uniform() < 0.5 : false,
    );
    const { elastic, largest, smallest } = this.passes;
    const random = await randomChildren(
      { space, settings, costBins: this.costBins },
      (child) => this.lossOf(child, images, smoothedLabels(labels, space.classes, 0)),
      draw.fork('sandwich'),
    );
    const teacher = await this.pass(largest, new Float32Array(this.layout.total), {
      images,
      targets: smoothedLabels(labels, space.classes, settings.labelSmoothing),
      ...this.chanceOf(draw),
    });
    if (!Number.isFinite(teacher.loss)) {
      throw new NonFiniteError(`the loss is ${teacher.loss} at step ${step}; lower learningRate`);
    }
    const taught = { images, targets: teacher.probabilities };
    let { gradients } = teacher;
    for (const child of random) {
      ({ gradients } = await this.pass(elastic, gradients, { ...taught, child }));
    }
    ({ gradients } = await this.pass(smallest, gradients, taught));
    const rate = learningRateAt(step, this.totalSteps, settings, this.order.stepsPerEpoch);
    const next = await this.update.apply(vectors, gradients, rate);
    this.current = { step: step + 1, vectors: next };
    return { loss: teacher.loss };
  }

  async release(): Promise<void> {
    const { elastic, largest, smallest, loss } = this.passes;
    const all = [elastic, largest, smallest, this.update, ...(loss ? [loss] : [])];
    await Promise.all(all.map((it) => it.release()));
  }

  private chanceOf(draw: Rng): Pick<PassFeed, 'chance'> {
    if (this.chances === 0) return {};
    return { chance: fillUniform(new Float32Array(this.chances), draw.fork('chance')) };
  }

  private async lossOf(
    child: Architecture,
    images: Uint8Array,
    targets: Float32Array,
  ): Promise<number> {
    const results = await this.passes.loss?.run(this.feeds({ images, targets, child }));
    return results?.['loss']?.data[0] as number;
  }

  private async pass(session: Session, gradientSum: Float32Array, feed: PassFeed) {
    const results = await session.run({
      ...this.feeds(feed),
      gradientSum: { data: gradientSum, dims: [this.layout.total] },
    });
    return {
      loss: results['loss']?.data[0] as number,
      probabilities: results['probabilities']?.data as Float32Array,
      gradients: results['gradients']?.data as Float32Array,
    };
  }

  private feeds({ images, targets, child, chance }: PassFeed) {
    const { space, settings, format } = this.input;
    const vector = child && architectureVector(space, child);
    const n = settings.batchSize;
    return {
      image: { data: images, dims: [n, format.channels, format.height, format.width] },
      targets: { data: targets, dims: [n, space.classes] },
      ...(vector ? { architecture: { data: vector, dims: [vector.length] } } : {}),
      ...(chance ? { [chanceInput]: { data: chance, dims: [chance.length] } } : {}),
      theta: { data: this.current.vectors.theta, dims: [this.layout.total] },
    };
  }
}
