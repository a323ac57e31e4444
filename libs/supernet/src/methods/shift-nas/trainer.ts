/** @file The ShiftNAS training loop's one step, and the state it carries. */
import { NonFiniteError, rng, type Rng } from '@sextant/common';
import type { ShiftNasOptions } from '@sextant/contracts';
import { fillUniform, writeModel, type Session } from '@sextant/engine';
import type { Encoding } from '@sextant/search-space';
import { familyOf, type AnyArchitecture, type AnyFamily, type AnySpace } from '../../families';
import { taskGradient, valueOffsets } from '../../families/task-gradient';
import { EpochOrder, gather, holdOut, subset, type LabelledImages } from '../../image-batches';
import { lossGraph, passGraph } from '../../pass-graph';
import { learningRateAt } from '../big-nas/schedule';
import { smoothedLabels } from '../big-nas/targets';
import type { StepMetrics, Trainer, TrainerInput } from '../method';
import { trainingSession, trainingSessionOptions } from '../training-session';
import type { TrainingState, VectorLengths } from '../training-state';
import { freshWeights, weightLengths, WeightUpdate } from '../weight-update';
import { binProbabilities, binTarget, drawIndex, hitsTarget } from './cost-bins';
import { freshGenerator, generatorLayout, policyWidth, type GeneratorShape } from './generator';
import { GeneratorSampler, GeneratorTrainer, type Draw, type Drawn } from './generator-sessions';
import { appended } from './history';
import { ProbabilityShift, progressOf } from './probability-shift';

export type ShiftNasSettings = Omit<ShiftNasOptions, 'checkpointSeconds'>;

type Name =
  | 'theta'
  | 'generator'
  | 'firstMoment'
  | 'secondMoment'
  | 'logits'
  | 'logitsFirst'
  | 'logitsSecond'
  | 'visits'
  | 'counters'
  | 'snapshot'
  | 'history';
export type ShiftNasState = TrainingState<Name>;
type Vectors = ShiftNasState['vectors'];

/** Generator runs of a step: the network that is trained, and targets beside it that keep the generator on cost. */
const leastRows = 8;
/** Updates of the generator in one step of its warm-up: a stop takes effect between two steps. */
const updatesPerStep = 25;
/** Steps that warm the generator up, before any that trains a network. */
export const warmUpSteps = ({
  sampler,
  generatorWarmUpSteps,
}: Pick<ShiftNasSettings, 'sampler' | 'generatorWarmUpSteps'>): number =>
  sampler === 'op-uniform' ? 0 : Math.ceil(generatorWarmUpSteps / updatesPerStep);

/** The distribution waits until this fraction of the generator's draws lies within half a bin of its target. */
const leastHitRate = 0.9;

export const generatorShape = (
  family: AnyFamily,
  { bins, temperature }: Pick<ShiftNasSettings, 'bins' | 'temperature'>,
): GeneratorShape => ({ family, rows: Math.max(leastRows, bins), temperature });

export function vectorLengths(space: AnySpace, settings: ShiftNasSettings): VectorLengths<Name> {
  const family = familyOf(space);
  const generator = generatorLayout(generatorShape(family, settings)).total;
  const { bins } = settings;
  return {
    ...weightLengths(family.layout, settings),
    ...{ generator, firstMoment: generator, secondMoment: generator },
    ...{ logits: bins, logitsFirst: bins, logitsSecond: bins, visits: bins },
    ...{ counters: 3, snapshot: null, history: null },
  };
}

interface Sessions {
  readonly elastic: Session;
  readonly loss: Session;
  readonly sampler: GeneratorSampler;
  readonly generator: GeneratorTrainer;
  readonly shift: ProbabilityShift;
  readonly update: WeightUpdate;
}

/** The part of `values` that belongs to decisions of more than one value. */
function openValues(family: AnyFamily, values: Float32Array): Float32Array {
  const { offsets } = valueOffsets(family);
  return Float32Array.from(
    family.decisions.flatMap(({ values: { length } }, decision) => {
      const first = offsets[decision] as number;
      return length > 1 ? [...values.subarray(first, first + length)] : [];
    }),
  );
}

/**
 * Trains one network a step. Its cost is drawn first, from a distribution over bins; a generator that is trained along
 * decides for a network of that cost; and the distribution moves to the bins whose loss still falls.
 * @see Zhang et al. 2023, ICCV, ShiftNAS: Improving One-shot NAS via Probability Shift
 */
export class ShiftNasTrainer implements Trainer<Name> {
  readonly totalSteps: number;
  /** Of the steps, those that train a network. */
  private readonly trainingSteps: number;
  private readonly order: EpochOrder;
  private readonly draws: Rng;
  private readonly shape: GeneratorShape;

  private constructor(
    private readonly input: TrainerInput<ShiftNasSettings, AnySpace>,
    readonly family: AnyFamily,
    /** Images that train weights, and those that losses of bins are taken on. */
    private readonly parts: { readonly train: LabelledImages; readonly heldOut: LabelledImages },
    private readonly sessions: Sessions,
    private current: ShiftNasState,
  ) {
    const { settings, seed } = input;
    this.draws = rng(seed, 'shift-nas');
    const { train } = parts;
    this.order = new EpochOrder(train.count, settings.batchSize, this.draws.fork('order'));
    this.trainingSteps = Math.max(1, Math.round(settings.epochs * this.order.stepsPerEpoch));
    this.totalSteps = warmUpSteps(settings) + this.trainingSteps;
    this.shape = generatorShape(family, settings);
  }

  /** Starts fresh, or from a stored state. */
  static async create(
    input: TrainerInput<ShiftNasSettings, AnySpace>,
    stored?: ShiftNasState,
  ): Promise<ShiftNasTrainer> {
    const { space, settings, format, seed, lowerings } = input;
    const family = familyOf(space);
    const shape = generatorShape(family, settings);
    const layout = generatorLayout(shape);
    const { batchSize } = settings;
    const lowering = lowerings.elastic;
    const pass = (build: typeof passGraph | typeof lossGraph): Promise<Session> =>
      trainingSession(
        writeModel(family.elasticGraph(build, format, batchSize), { lowering }),
        input,
      );
    const [elastic, loss, sampler, generator, shift, update] = await Promise.all([
      pass(passGraph),
      pass(lossGraph),
      GeneratorSampler.create(shape, input),
      GeneratorTrainer.create(shape, layout, settings, input),
      ProbabilityShift.create(settings.bins, trainingSessionOptions(input)),
      WeightUpdate.create(family.layout, settings, trainingSessionOptions(input)),
    ]);
    const sessions = { elastic, loss, sampler, generator, shift, update };
    const zeros = (length: number) => new Float32Array(length);
    const fresh = (): ShiftNasState => ({
      step: 0,
      vectors: {
        ...freshWeights(family.layout, settings, rng(seed, 'weights')),
        generator: freshGenerator(layout, seed),
        firstMoment: zeros(layout.total),
        secondMoment: zeros(layout.total),
        logits: zeros(settings.bins),
        logitsFirst: zeros(settings.bins),
        logitsSecond: zeros(settings.bins),
        visits: zeros(settings.bins),
        counters: zeros(3),
        snapshot: zeros(0),
        history: zeros(0),
      },
    });
    const { train, heldOut } = holdOut(
      input.train,
      settings.shiftFraction,
      rng(seed, 'shift-images'),
    );
    const parts = {
      train: subset(input.train, train, format.width),
      heldOut: subset(input.train, heldOut, format.width),
    };
    return new ShiftNasTrainer(input, family, parts, sessions, stored ?? fresh());
  }

  get state(): ShiftNasState {
    return this.current;
  }

  get isFinished(): boolean {
    return this.current.step >= this.totalSteps;
  }

  /** Networks trained so far; negative while the generator warms up. */
  private get trainingStep(): number {
    return this.current.step - warmUpSteps(this.input.settings);
  }

  /** What bins are drawn with now. */
  get probabilities(): readonly number[] {
    const { sampler, bins, uniformMix } = this.input.settings;
    const logits = this.current.vectors.logits;
    return binProbabilities(logits, sampler === 'shift' ? uniformMix : 1).slice(0, bins);
  }

  async step(): Promise<StepMetrics> {
    const { settings } = this.input;
    const step = this.trainingStep;
    if (step < 0) return this.warmUpGenerator();
    const draw = this.draws.fork('step').fork(step);
    return settings.sampler === 'op-uniform' ? this.stepOfAny(draw) : this.stepOfCost(draw);
  }

  async release(): Promise<void> {
    await Promise.all(
      Object.values(this.sessions).map((it: { release(): Promise<void> }) => it.release()),
    );
  }

  /** A network of uniform choices. */
  private async stepOfAny(draw: Rng): Promise<StepMetrics> {
    const child = this.family.sample(draw.fork('child'));
    const { loss, weights } = await this.trainChild(child, draw);
    this.advance({ ...this.current.vectors, ...weights });
    return { loss };
  }

  private async stepOfCost(draw: Rng): Promise<StepMetrics> {
    const { settings } = this.input;
    const { bins } = settings;
    const step = this.trainingStep;
    const { vectors } = this.current;
    const bin = drawIndex(this.probabilities, draw.fork('bin').uniform());
    const request = this.drawRequest(bin, draw);
    const drawn = await this.sessions.sampler.draw(vectors.generator, request);
    const child = this.family.decode(drawn.encodings[0] as Encoding);
    const { loss, weights, gradients } = await this.trainChild(child, draw);

    const width = policyWidth(this.family);
    const task = new Float32Array(this.shape.rows * width);
    task.set(openValues(this.family, taskGradient(this.family, child, vectors.theta, gradients)));
    const { costLoss, ...generator } = await this.sessions.generator.step(vectors, request, task, {
      update: settings.generatorWarmUpSteps + step + 1,
      learningRate: settings.generatorLearningRate,
    });
    const visits = vectors.visits.slice();
    visits[bin] = (visits[bin] as number) + 1;
    const counters = this.counted(vectors.counters, request, drawn);
    this.advance({ ...vectors, ...weights, ...generator, visits, counters });

    const isDue = (step + 1) % settings.shiftEvery === 0;
    if (isDue && step + 1 >= settings.shiftAfter * this.trainingSteps)
      await this.moveDistribution(draw);
    const probabilities = this.probabilities.map((p, at) => [`probability.${at}`, p] as const);
    return {
      loss,
      costLoss,
      bin,
      target: binTarget(bin, bins),
      cost: drawn.costs[0] as number,
      ...Object.fromEntries(probabilities),
    };
  }

  private advance(vectors: Vectors): void {
    this.current = { step: this.current.step + 1, vectors };
  }

  /** The bin's target first, then all bins in turn. */
  private drawRequest(bin: number, draw: Rng): Draw {
    const { bins } = this.input.settings;
    const { rows, family } = this.shape;
    const targets = Array.from({ length: rows }, (_, row) =>
      binTarget(row === 0 ? bin : row % bins, bins),
    );
    const uniform = fillUniform(new Float32Array(rows * policyWidth(family)), draw.fork('choices'));
    return { targets, uniform };
  }

  /** [updates, hits, draws]. */
  private counted(counters: Float32Array, { targets }: Draw, { costs }: Drawn): Float32Array {
    const { bins } = this.input.settings;
    const hits = targets.filter((target, at) => hitsTarget(costs[at] as number, target, bins));
    const [updates, before, draws] = counters as unknown as [number, number, number];
    return Float32Array.of(updates, before + hits.length, draws + targets.length);
  }

  /** One weight update from one child. @throws {NonFiniteError} the loss is NaN or infinite */
  private async trainChild(child: AnyArchitecture, draw: Rng) {
    const { settings, format } = this.input;
    const step = this.trainingStep;
    const { vectors } = this.current;
    const flip = draw.fork('flip');
    const batch = gather(this.parts.train, this.order.batchAt(step), format.width, () =>
      settings.horizontalFlip ? flip.uniform() < 0.5 : false,
    );
    const dims = [this.family.layout.total];
    const targets = smoothedLabels(batch.labels, this.family.classes, settings.labelSmoothing);
    const results = await this.sessions.elastic.run({
      ...this.feeds(child, batch.images, targets, vectors.theta),
      gradientSum: { data: new Float32Array(this.family.layout.total), dims },
    });
    const loss = results['loss']?.data[0] as number;
    if (!Number.isFinite(loss)) {
      throw new NonFiniteError(`the loss is ${loss} at step ${step}; lower learningRate`);
    }
    const gradients = results['gradients']?.data as Float32Array;
    const rate = learningRateAt(step, this.trainingSteps, settings);
    return { loss, gradients, weights: await this.sessions.update.apply(vectors, gradients, rate) };
  }

  private feeds(
    child: AnyArchitecture,
    images: Uint8Array,
    targets: Float32Array,
    theta: Float32Array,
  ) {
    const { format } = this.input;
    const vector = this.family.vectorOf(child);
    const n = targets.length / this.family.classes;
    return {
      image: { data: images, dims: [n, format.channels, format.height, format.width] },
      targets: { data: targets, dims: [n, this.family.classes] },
      architecture: { data: vector, dims: [vector.length] },
      theta: { data: theta, dims: [theta.length] },
    };
  }

  /**
   * Losses of the likeliest architecture of every bin, with the weights of now and of the last look, on one batch; then
   * the distribution moves, unless there was no look before or the generator misses too many targets.
   */
  private async moveDistribution(draw: Rng): Promise<void> {
    const { settings } = this.input;
    const { bins, shiftMode, shiftLearningRate, sampler } = settings;
    const { step, vectors } = this.current;
    const after = await this.lossesOfBins(vectors.theta, draw);
    const [updates, hits, draws] = vectors.counters as unknown as [number, number, number];
    const hitRate = hits / draws;
    const moves = sampler === 'shift' && vectors.snapshot.length > 0 && hitRate >= leastHitRate;
    let moved: Partial<Vectors> = {};
    if (moves) {
      const before = await this.lossesOfBins(vectors.snapshot, draw);
      const progress = progressOf({ before, after, visits: [...vectors.visits] }, shiftMode);
      moved = await this.sessions.shift.apply(vectors, progress, updates + 1, shiftLearningRate);
    }
    const next: Vectors = {
      ...vectors,
      ...moved,
      visits: new Float32Array(bins),
      counters: Float32Array.of(updates + Number(moves), 0, 0),
      snapshot: vectors.theta,
    };
    this.current = { step, vectors: next };
    const record = {
      step: this.trainingStep,
      probabilities: this.probabilities,
      losses: after,
      hitRate,
    };
    this.current = { step, vectors: { ...next, history: appended(next.history, record) } };
  }

  private async lossesOfBins(theta: Float32Array, draw: Rng): Promise<readonly number[]> {
    const { settings, format } = this.input;
    const { bins, batchSize } = settings;
    const { heldOut } = this.parts;
    const { rows } = this.shape;
    const targets = Array.from({ length: rows }, (_, row) => binTarget(row % bins, bins));
    const { generator } = this.current.vectors;
    const { encodings } = await this.sessions.sampler.likeliest(generator, targets);
    const pick = draw.fork('held-out');
    const indices = Array.from({ length: batchSize }, () => pick.int(heldOut.count));
    const { images, labels } = gather(heldOut, indices, format.width);
    const hard = smoothedLabels(labels, this.family.classes, 0);
    const losses: number[] = [];
    for (const encoding of encodings.slice(0, bins)) {
      const child = this.family.decode(encoding);
      const results = await this.sessions.loss.run(this.feeds(child, images, hard, theta));
      losses.push(results['loss']?.data[0] as number);
    }
    return losses;
  }

  /**
   * A few updates on costs alone, so that targets are met before the first weight is trained.
   * @returns the mean squared miss as loss; costs are between 0 and 1
   */
  private async warmUpGenerator(): Promise<StepMetrics> {
    const { settings } = this.input;
    const { step } = this.current;
    const none = new Float32Array(this.shape.rows * policyWidth(this.family));
    const last = Math.min(settings.generatorWarmUpSteps, (step + 1) * updatesPerStep);
    let { vectors } = this.current;
    let loss = 0;
    for (let update = step * updatesPerStep + 1; update <= last; update++) {
      const draw = this.draws.fork('warm-up').fork(update);
      const request = this.drawRequest(draw.fork('bin').int(settings.bins), draw);
      const { costLoss, ...generator } = await this.sessions.generator.step(
        vectors,
        request,
        none,
        { update, learningRate: settings.generatorLearningRate },
      );
      loss = costLoss;
      vectors = { ...vectors, ...generator };
    }
    if (!Number.isFinite(loss)) {
      throw new NonFiniteError(`the generator’s cost loss is ${loss} after ${last} updates`);
    }
    this.advance(vectors);
    return { loss };
  }
}
