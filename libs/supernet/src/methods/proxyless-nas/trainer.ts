/** @file ProxylessNAS from the first weights to a trained network: warm-up, search, and the training of what it found. */
import { NonFiniteError, rng, ValidationError, type Rng } from '@sextant/common';
import { cosineDecay, type Session } from '@sextant/engine';
import { parameterLayout } from '@sextant/networks';
import type { SearchSpace } from '@sextant/search-space';
import { EpochOrder, gather, holdOut, type Batch } from '../../image-batches';
import { trainModel } from '../../train-graph';
import { smoothedLabels } from '../big-nas/targets';
import type { StepMetrics, Trainer, TrainerInput } from '../method';
import { trainingSession, trainingSessionOptions } from '../training-session';
import { requireVectors, type TrainingState, type VectorLengths } from '../training-state';
import { WeightUpdate } from '../weight-update';
import {
  alphasOf,
  drawPath,
  drawPaths,
  gradientStep,
  probabilitiesOf,
  reinforceStep,
  type ArchitectureRules,
} from './architecture-step';
import { expectedCost, pathCost } from './costs';
import { architectureOf, candidateOffsets, searchEdges, type Path } from './edges';
import type { PathNetwork } from './mixed-network';
import { freshChild, inheritedChild, initialStore, pathWeights } from './path-weights';
import { argMax, entropy } from './probabilities';
import { reward } from './reinforce';
import { architectureStepAt, scheduleOf, type SearchSchedule } from './search-schedule';
import { SearchSessions } from './search-sessions';
import {
  costLossOf,
  costsOf,
  referenceOf,
  updateOptions,
  type ProxylessNasSettings,
} from './settings';
import type { SparseAdamState } from './sparse-adam';

/** Of the supernet (empty once a network is found), the architecture parameters, and the found network (empty before). */
type VectorName =
  | 'supernet'
  | 'supernetVelocity'
  | 'alpha'
  | 'alphaFirstMoment'
  | 'alphaSecondMoment'
  | 'alphaSteps'
  | 'baseline'
  | 'theta'
  | 'velocity';
export type ProxylessNasState = TrainingState<VectorName>;

/** Of a state that has not found its network yet, or has. */
export function vectorLengths(space: SearchSpace, hasFound: boolean): VectorLengths<VectorName> {
  const edges = searchEdges(space);
  const { total } = candidateOffsets(edges);
  const store = hasFound ? 0 : pathWeights(space, edges).storeTotal;
  const found = hasFound ? parameterLayout(space).total : 0;
  return {
    ...{ supernet: store, supernetVelocity: store, theta: found, velocity: found, baseline: null },
    ...{ alpha: total, alphaFirstMoment: total, alphaSecondMoment: total, alphaSteps: total },
  };
}

/** @throws {CheckpointCorruptError} the state is of another space or method */
export const requireState = (space: SearchSpace, stored: TrainingState): ProxylessNasState =>
  requireVectors(stored, vectorLengths(space, (stored.vectors['theta']?.length ?? 0) > 0));

/** Deviation of fresh architecture parameters. */
const alphaDeviation = 1e-3;

const nothing = (): Float32Array => new Float32Array(0);

/** The likeliest operation at every edge. */
export const likeliestPath = (edges: PathNetwork['edges'], alpha: ArrayLike<number>): Path =>
  alphasOf(edges, alpha).map(argMax);

/** Sessions that train the found network. */
interface Training {
  readonly pass: Session;
  readonly update: WeightUpdate;
}

type Running =
  | { readonly phase: 'search'; readonly sessions: SearchSessions }
  | { readonly phase: 'training'; readonly training: Training };

/**
 * Steps of weights, with a step of the architecture after some of them; then steps of the network that is the likeliest.
 * @see Cai et al. 2019, ProxylessNAS, arXiv:1812.00332
 */
export class ProxylessNasTrainer implements Trainer<VectorName> {
  private readonly draws: Rng;
  private readonly rules: ArchitectureRules;
  private readonly reference: number;
  private readonly parts: ReturnType<typeof holdOut>;
  private readonly orders: Readonly<Record<'weights' | 'architecture' | 'training', EpochOrder>>;
  private readonly schedule: SearchSchedule;
  private running: Running | null = null;

  private constructor(
    private readonly input: TrainerInput<ProxylessNasSettings>,
    readonly net: PathNetwork,
    private current: ProxylessNasState,
  ) {
    const { space, settings, train, seed } = input;
    const { batchSize, architectureFraction } = settings;
    const costs = costsOf(space, net.edges, settings);
    this.rules = {
      edges: net.edges,
      costs,
      loss: costLossOf(settings, costs),
      learningRate: settings.architectureLearningRate,
    };
    this.reference = referenceOf(settings, costs);
    this.draws = rng(seed, 'proxyless-nas');
    this.parts = holdOut(train, architectureFraction, this.draws.fork('hold-out'));
    const order = (count: number, name: string): EpochOrder =>
      new EpochOrder(count, batchSize, this.draws.fork(name));
    this.orders = {
      weights: order(this.parts.train.length, 'order'),
      architecture: order(this.parts.heldOut.length, 'architecture order'),
      training: order(train.count, 'training order'),
    };
    this.schedule = scheduleOf(settings, {
      search: this.orders.weights.stepsPerEpoch,
      training: this.orders.training.stepsPerEpoch,
    });
  }

  /**
   * Starts fresh, or from a stored state.
   * @throws {UnsupportedSearchSpaceError} as `searchEdges`
   * @throws {ValidationError} a part of the images is smaller than a batch, or the loss does not fit the costs
   */
  static async create(
    input: TrainerInput<ProxylessNasSettings>,
    stored?: ProxylessNasState,
  ): Promise<ProxylessNasTrainer> {
    const { space, settings, format, seed } = input;
    const edges = searchEdges(space);
    const weights = pathWeights(space, edges);
    const net = { space, edges, weights, format, batchSize: settings.batchSize };
    const trainer = new ProxylessNasTrainer(input, net, ownState(stored ?? freshState(net, seed)));
    trainer.requireBatches();
    trainer.deriveIfDue();
    await trainer.settled();
    return trainer;
  }

  get totalSteps(): number {
    const { warmUp, search, training } = this.schedule;
    return warmUp + search + training;
  }

  get state(): ProxylessNasState {
    return this.current;
  }

  get isFinished(): boolean {
    return this.current.step >= this.totalSteps;
  }

  /** The likeliest operation at every edge, by the architecture parameters as they are. */
  get path(): Path {
    return likeliestPath(this.net.edges, this.current.vectors.alpha);
  }

  /**
   * One step of weights, and where one is due a step of the architecture; or one of the found network.
   * @returns the loss of the weights (nats); in the search also the expected cost (ms, or millions of MACs) and the mean
   * entropy of the edges (nats), both over all candidates, and what an architecture step saw
   */
  async step(): Promise<StepMetrics> {
    const running = await this.settled();
    return running.phase === 'search'
      ? this.searchStep(running.sessions)
      : this.trainingStep(running.training);
  }

  async release(): Promise<void> {
    const { running } = this;
    this.running = null;
    if (running?.phase === 'search') await running.sessions.release();
    if (running?.phase === 'training') {
      await Promise.all([running.training.pass.release(), running.training.update.release()]);
    }
  }

  private requireBatches(): void {
    const { batchSize, architectureFraction } = this.input.settings;
    const least = Math.min(this.parts.train.length, this.parts.heldOut.length);
    if (least >= batchSize) return;
    const message = `${this.input.train.count} images, ${architectureFraction} of them for architecture steps, leave a part of ${least}, fewer than one batch of ${batchSize}`;
    throw new ValidationError(message, [
      { pointer: '/method/options/architectureFraction', message },
    ]);
  }

  /** The sessions of the phase that comes next, opened where they are not. */
  private async settled(): Promise<Running> {
    const phase = this.hasSearched ? 'training' : 'search';
    if (this.running?.phase === phase) return this.running;
    await this.release();
    this.running =
      phase === 'search'
        ? { phase, sessions: await this.openSearch() }
        : { phase, training: await this.openTraining() };
    return this.running;
  }

  private get hasSearched(): boolean {
    const { warmUp, search } = this.schedule;
    return this.current.step >= warmUp + search;
  }

  private openSearch(): Promise<SearchSessions> {
    const { settings, threads, lowerings } = this.input;
    const pass = settings.update === 'reinforce' ? 'forward' : settings.paths;
    return SearchSessions.create(this.net, pass, {
      ...{ update: updateOptions(settings), threads, lowerings },
    });
  }

  private async openTraining(): Promise<Training> {
    const { space, format, settings, lowerings } = this.input;
    const layout = parameterLayout(space);
    const architecture = architectureOf(space, this.net.edges, this.path);
    const options = { lowering: lowerings.known, architecture };
    const model = trainModel(space, layout, format, settings.batchSize, options);
    const [pass, update] = await Promise.all([
      trainingSession(model, this.input),
      WeightUpdate.create(layout, updateOptions(settings), trainingSessionOptions(this.input)),
    ]);
    return { pass, update };
  }

  /** Once the search has ended, the likeliest network's weights take the place of the supernet's. */
  private deriveIfDue(): void {
    const { space, settings } = this.input;
    const { net, path, current } = this;
    const { step, vectors } = current;
    if (!this.hasSearched || vectors.theta.length > 0) return;
    const theta =
      settings.weights === 'inherited'
        ? inheritedChild(space, net.edges, net.weights, vectors.supernet, path)
        : freshChild(space, net.edges, path, this.draws.fork('training weights'));
    const velocity = new Float32Array(theta.length);
    const supernet = nothing();
    this.current = {
      step,
      vectors: { ...vectors, supernet, supernetVelocity: nothing(), theta, velocity },
    };
  }

  private async searchStep(sessions: SearchSessions): Promise<StepMetrics> {
    const { settings } = this.input;
    const { edges } = this.net;
    const { step, vectors } = this.current;
    const draw = this.draws.fork('step').fork(step);
    const { warmUp, search } = this.schedule;
    const rate =
      step < warmUp
        ? cosineDecay(settings.warmUpLearningRate, warmUp)(step)
        : cosineDecay(settings.learningRate, search)(step - warmUp);
    const { loss, undo } = await sessions.weightStep(
      { store: vectors.supernet, velocity: vectors.supernetVelocity },
      drawPath(probabilitiesOf(edges, vectors.alpha), draw.fork('path')),
      this.batchOf('weights', step, draw),
      { labelSmoothing: settings.labelSmoothing, learningRate: rate },
    );
    const number = architectureStepAt(step, this.schedule);
    let looked: Awaited<ReturnType<typeof this.architectureStep>> | null = null;
    try {
      this.requireFinite(loss);
      if (number !== null) {
        looked = await this.architectureStep(sessions, number, draw.fork('architecture'));
      }
    } catch (error) {
      undo();
      throw error;
    }
    const next = { ...vectors, ...looked?.vectors };
    this.current = { step: step + 1, vectors: next };
    this.deriveIfDue();
    return { loss, ...this.distribution(next.alpha), ...looked?.metrics };
  }

  /** Expected cost and mean entropy over all candidates, whatever was looked at. */
  private distribution(alpha: Float32Array): Readonly<Record<string, number>> {
    const all = probabilitiesOf(this.net.edges, alpha);
    const open = all.filter((p) => p.length > 1);
    const mean = open.reduce((sum, p) => sum + entropy(p) / open.length, 0);
    return { expectedCost: expectedCost(this.rules.costs, all), entropy: mean };
  }

  private async architectureStep(sessions: SearchSessions, number: number, draw: Rng) {
    const { vectors } = this.current;
    const state: SparseAdamState = {
      alpha: vectors.alpha,
      firstMoment: vectors.alphaFirstMoment,
      secondMoment: vectors.alphaSecondMoment,
      steps: vectors.alphaSteps,
    };
    const batch = this.batchOf('architecture', number, draw);
    if (this.input.settings.update === 'reinforce') {
      return this.rewardStep(sessions, batch, state, draw);
    }
    const { paths: mode } = this.input.settings;
    const paths = drawPaths(mode, this.net.edges, state.alpha, draw);
    const pass = await sessions.gatePass(mode, vectors.supernet, paths, batch);
    const { state: next, loss } = gradientStep(this.rules, state, paths.active, pass);
    this.requireFinite(loss);
    return { vectors: alphaVectors(next), metrics: { architectureLoss: loss } };
  }

  private async rewardStep(
    sessions: SearchSessions,
    batch: Batch,
    state: SparseAdamState,
    draw: Rng,
  ) {
    const { rewardSamples, rewardPower } = this.input.settings;
    const probabilities = probabilitiesOf(this.net.edges, state.alpha);
    const samples = [];
    for (let at = 0; at < rewardSamples; at++) {
      const path = drawPath(probabilities, draw.fork('sample').fork(at));
      const accuracy = await sessions.accuracy(this.current.vectors.supernet, path, batch);
      const cost = pathCost(this.rules.costs, path);
      samples.push({ path, reward: reward(accuracy, cost, this.reference, rewardPower) });
    }
    const before = this.current.vectors.baseline[0] ?? null;
    const { state: next, baseline, meanReward } = reinforceStep(this.rules, state, samples, before);
    return {
      vectors: { ...alphaVectors(next), baseline: Float32Array.of(baseline) },
      metrics: { reward: meanReward },
    };
  }

  private async trainingStep({ pass, update }: Training): Promise<StepMetrics> {
    const { space, settings, format } = this.input;
    const { step, vectors } = this.current;
    const { warmUp, search, training } = this.schedule;
    const at = step - warmUp - search;
    const draw = this.draws.fork('step').fork(step);
    const { images, labels } = this.batchOf('training', at, draw);
    const n = settings.batchSize;
    const { length } = vectors.theta;
    const targets = smoothedLabels(labels, space.classes, settings.labelSmoothing);
    const results = await pass.run({
      image: { data: images, dims: [n, format.channels, format.height, format.width] },
      targets: { data: targets, dims: [n, space.classes] },
      theta: { data: vectors.theta, dims: [length] },
      gradientSum: { data: new Float32Array(length), dims: [length] },
    });
    const loss = results['loss']?.data[0] as number;
    this.requireFinite(loss);
    const { theta, velocity } = vectors;
    const rate = cosineDecay(settings.trainingLearningRate, training)(at);
    const gradients = results['gradients']?.data as Float32Array;
    const next = await update.apply({ theta, velocity }, gradients, rate);
    this.current = {
      step: step + 1,
      vectors: { ...vectors, theta: next.theta, velocity: next['velocity'] as Float32Array },
    };
    return { loss };
  }

  /** Batch `number` of a part of the images; those of architecture steps are not mirrored. */
  private batchOf(part: keyof typeof this.orders, number: number, draw: Rng): Batch {
    const { train, format, settings } = this.input;
    const indices = this.orders[part].batchAt(number);
    const { parts } = this;
    if (part === 'architecture') {
      const held = indices.map((at) => parts.heldOut[at] as number);
      return gather(train, held, format.width);
    }
    const flip = draw.fork('flip');
    const own = part === 'weights' ? indices.map((at) => parts.train[at] as number) : indices;
    return gather(train, own, format.width, () =>
      settings.horizontalFlip ? flip.uniform() < 0.5 : false,
    );
  }

  private requireFinite(loss: number): void {
    if (Number.isFinite(loss)) return;
    const { step } = this.current;
    throw new NonFiniteError(
      `the loss is ${loss} at step ${step}; lower warmUpLearningRate, learningRate or trainingLearningRate`,
    );
  }
}

const alphaVectors = ({ alpha, firstMoment, secondMoment, steps }: SparseAdamState) => ({
  alpha,
  alphaFirstMoment: firstMoment,
  alphaSecondMoment: secondMoment,
  alphaSteps: steps,
});

/** Steps of weights write into the store: what it was started from stays as it is. */
const ownState = ({ step, vectors }: ProxylessNasState): ProxylessNasState => ({
  step,
  vectors: {
    ...vectors,
    supernet: vectors.supernet.slice(),
    supernetVelocity: vectors.supernetVelocity.slice(),
  },
});

function freshState({ edges, weights }: PathNetwork, seed: number): ProxylessNasState {
  const { total } = candidateOffsets(edges);
  const draw = rng(seed, 'architecture');
  const zeros = (): Float32Array => new Float32Array(total);
  return {
    step: 0,
    vectors: {
      supernet: initialStore(weights, rng(seed, 'weights')),
      supernetVelocity: new Float32Array(weights.storeTotal),
      alpha: zeros().map(() => alphaDeviation * draw.normal()),
      alphaFirstMoment: zeros(),
      alphaSecondMoment: zeros(),
      alphaSteps: zeros(),
      baseline: nothing(),
      theta: nothing(),
      velocity: nothing(),
    },
  };
}
