/** @file One search run for all tasks: teachers first, then weights and distributions in turn. */
import { rng, type Rng } from '@sextant/common';
import { adamCorrections, cosineDecay, type Session } from '@sextant/engine';
import {
  fixedMacs,
  fullTopology,
  topologyMacs,
  unitMacs,
  type Topology,
} from '@sextant/search-space';
import { EpochOrder } from '../../image-batches';
import type { StepMetrics, Trainer } from '../method';
import { trainingSession, trainingSessionOptions } from '../training-session';
import { requireVectors, type TrainingState } from '../training-state';
import { WeightUpdate } from '../weight-update';
import { advantageOf, withLoss, type Baselines } from './baselines';
import type { DerivedNetwork } from './derived-models';
import { batchFeeds, mirrorHalf, runPass } from './run-pass';
import { drawShared, type SharedSample } from './importance-sampling';
import { dividedImages, requireInput, type FbNetV5Input, type Parts } from './input';
import { NetworkTrainer, optimizer } from './network-trainer';
import { passModel } from './pass';
import { pseudoLabels } from './pseudo-labels';
import type { BoundTask, Tensors } from './scene-task';
import { searchStepAt, weightSteps } from './schedule';
import {
  distributionsOf,
  initialState,
  layoutsOf,
  teacherTopology,
  vectorLengths,
  type FbNetV5State,
  type Layouts,
  type VectorName,
} from './state';
import { keepProbabilities, type Logits } from './topology-distribution';
import { costGradient, expectedCost, scoreGradient, type CostTerm } from './topology-gradient';
import { topologyUpdateModel, topologyVectors } from './topology-update';

/** What the search needs beside its state; made when the teachers are done. */
interface Searching {
  readonly tasks: readonly BoundTask[];
  readonly pass: Session;
  /** Losses alone. */
  readonly losses: Session;
  readonly update: WeightUpdate;
  readonly topologyUpdate: Session;
}

/** One task's teacher and its place in the state. */
interface Teacher {
  readonly task: BoundTask;
  readonly target: NonNullable<FbNetV5Input['tasks'][number]['target']>;
  readonly from: number;
  readonly to: number;
}

/**
 * Searches architectures for several tasks at the cost of one: each step draws one network from the mixture of the tasks'
 * distributions and runs it once with all heads; importance ratios say what it counts for each task. Tasks without
 * labels get them from teachers, which are trained in the first steps.
 * @see Wu et al. 2021, FBNetV5, arXiv:2111.10007
 */
export class FbNetV5Trainer implements Trainer<VectorName> {
  readonly totalSteps: number;
  private readonly teachers: readonly Teacher[];
  private readonly draws: Rng;
  private readonly parts: Parts;
  private readonly orders: { readonly train: EpochOrder; readonly heldOut: EpochOrder };
  private readonly cost: CostTerm;
  private teaching: { readonly at: number; readonly trainer: NetworkTrainer } | null = null;
  private searching: Searching | null = null;

  private constructor(
    private readonly input: FbNetV5Input,
    private readonly layouts: Layouts,
    private current: FbNetV5State,
  ) {
    const { settings, seed, space, format } = input;
    this.teachers = placedTeachers(input, layouts);
    this.totalSteps = this.teachers.length * settings.teacherSteps + settings.steps;
    this.draws = rng(seed, 'fbnet-v5');
    this.parts = dividedImages(input, this.draws.fork('parts'));
    const order = (part: readonly number[], name: string): EpochOrder =>
      new EpochOrder(part.length, settings.batchSize, this.draws.fork(name));
    this.orders = {
      train: order(this.parts.train, 'train'),
      heldOut: order(this.parts.heldOut, 'held-out'),
    };
    const { weight, target, form } = settings.cost;
    this.cost = {
      costs: unitMacs(space, format),
      fixed: fixedMacs(space, format),
      target: target * topologyMacs(space, fullTopology(space), format),
      ...{ weight, form },
    };
  }

  /**
   * Starts fresh, or from a stored state.
   * @throws {ShapeError | ValidationError} images, tasks and settings do not fit each other
   * @throws {CheckpointCorruptError} `stored` is of another search
   */
  static create(input: FbNetV5Input, stored?: TrainingState): FbNetV5Trainer {
    requireInput(input);
    const layouts = layoutsOf(input);
    const state = stored
      ? requireVectors(stored, vectorLengths(input, layouts))
      : initialState(input, layouts);
    return new FbNetV5Trainer(input, layouts, state);
  }

  get state(): FbNetV5State {
    return this.current;
  }

  get isFinished(): boolean {
    return this.current.step >= this.totalSteps;
  }

  /** θ^t of each task, in their order. */
  get distributions(): readonly Logits[] {
    return distributionsOf(this.current.vectors.logits, this.input.tasks.length);
  }

  /** The supernet's weights with one of its networks chosen, for one task. */
  network(task: string, topology: Topology): DerivedNetwork {
    const { space, format, tasks } = this.input;
    const heads = tasks.flatMap(({ task: head }) => (head.name === task ? [head] : []));
    const { theta } = this.current.vectors;
    return { space, format, tasks: heads, layout: this.layouts.supernet, theta, topology };
  }

  async step(): Promise<StepMetrics> {
    const { step } = this.current;
    const { settings } = this.input;
    const at = Math.floor(step / settings.teacherSteps);
    const teacher = this.teachers[at];
    if (teacher) return this.teach(teacher, at);
    await this.endTeaching();
    const searchStep = step - this.teachers.length * settings.teacherSteps;
    const { kind, at: index } = searchStepAt(searchStep, settings);
    const draw = this.draws.fork('step').fork(searchStep);
    return kind === 'weights' ? this.weightStep(index, draw) : this.topologyStep(index, draw);
  }

  /** Losses of one network with the supernet's weights, by task, mean over the first held-out batches. */
  async heldOutLosses(
    topology: Topology,
    batches: number,
  ): Promise<Readonly<Record<string, number>>> {
    const { losses, tasks } = await this.searchingParts();
    const sums = tasks.map(() => 0);
    const count = Math.min(batches, this.orders.heldOut.stepsPerEpoch);
    for (let at = 0; at < count; at++) {
      const batch = this.batch(tasks, 'heldOut', at);
      const { theta } = this.current.vectors;
      const result = await runPass(losses, { theta, batch, topology });
      result.losses.forEach((loss, t) => (sums[t] = (sums[t] as number) + loss / count));
    }
    return Object.fromEntries(tasks.map(({ name }, t) => [name, sums[t] as number]));
  }

  async release(): Promise<void> {
    await this.endTeaching();
    const { searching } = this;
    this.searching = null;
    if (!searching) return;
    const { pass, losses, update, topologyUpdate } = searching;
    await Promise.all([pass, losses, update, topologyUpdate].map((it) => it.release()));
  }

  private async teach(teacher: Teacher, at: number): Promise<StepMetrics> {
    const { trainer } = await this.teachingOf(teacher, at);
    const { loss } = await trainer.step();
    const { theta, velocity } = trainer.state.vectors;
    const { step, vectors } = this.current;
    const [teachers, teacherVelocity] = [vectors.teachers.slice(), vectors.teacherVelocity.slice()];
    teachers.set(theta, teacher.from);
    teacherVelocity.set(velocity);
    this.current = { step: step + 1, vectors: { ...vectors, teachers, teacherVelocity } };
    return { loss, [`teacher.${teacher.task.name}`]: loss };
  }

  private async teachingOf(teacher: Teacher, at: number) {
    if (this.teaching?.at === at) return this.teaching;
    await this.endTeaching();
    const { step, vectors } = this.current;
    const done = step - at * this.input.settings.teacherSteps;
    const { from, to } = teacher;
    const stored = {
      step: done,
      vectors: {
        theta: vectors.teachers.slice(from, to),
        velocity: vectors.teacherVelocity.slice(0, to - from),
      },
    };
    const trainer = await this.teacherTrainer(teacher, done > 0 ? stored : undefined);
    this.teaching = { at, trainer };
    return this.teaching;
  }

  private teacherTrainer(
    { task, target }: Teacher,
    stored?: NetworkTrainer['state'],
  ): Promise<NetworkTrainer> {
    const { space, settings, seed } = this.input;
    const { teacherSteps: steps } = settings;
    const training = { ...this.input, images: target, tasks: [task], seed };
    return NetworkTrainer.create(
      { ...training, topology: teacherTopology(space), settings: { ...settings, steps } },
      stored,
    );
  }

  private async endTeaching(): Promise<void> {
    const { teaching } = this;
    this.teaching = null;
    await teaching?.trainer.release();
  }

  private async searchingParts(): Promise<Searching> {
    this.searching ??= await this.prepareSearch();
    return this.searching;
  }

  private async prepareSearch(): Promise<Searching> {
    const { space, format, settings, lowerings } = this.input;
    const tasks = await this.labelledTasks();
    const { supernet: layout } = this.layouts;
    const pass = (withGradients: boolean): Promise<Session> => {
      const shape = { layout, batchSize: settings.batchSize, withGradients };
      const model = passModel({ space, format, tasks }, shape, lowerings.elastic);
      return trainingSession(model, this.input);
    };
    const { length } = this.current.vectors.logits;
    const [withGradients, losses, update, topologyUpdate] = await Promise.all([
      pass(true),
      pass(false),
      WeightUpdate.create(layout, { ...settings, optimizer }, trainingSessionOptions(this.input)),
      trainingSession(topologyUpdateModel(length, settings.logitLimit), this.input),
    ]);
    return { tasks, pass: withGradients, losses, update, topologyUpdate };
  }

  /** Every task with labels of the images: as given, or the teacher's. */
  private async labelledTasks(): Promise<readonly BoundTask[]> {
    const { tasks, images, settings, threads, space, format, beforeRun } = this.input;
    const labelled: BoundTask[] = [];
    for (const { task } of tasks) {
      const at = this.teachers.findIndex((teacher) => teacher.task === task);
      const [teacher, layout] = [this.teachers[at], this.layouts.teachers[at]];
      if (!teacher || !layout) {
        labelled.push(task);
        continue;
      }
      const theta = this.current.vectors.teachers.slice(teacher.from, teacher.to);
      const topology = teacherTopology(space);
      const network = { space, format, tasks: [task], layout, theta, topology };
      const { target } = teacher;
      const teaching = { network, task, target, confidence: settings.confidence };
      labelled.push(await pseudoLabels(teaching, images, threads, beforeRun));
    }
    return labelled;
  }

  private batch(
    tasks: readonly BoundTask[],
    part: keyof Parts,
    at: number,
    mirror?: (position: number) => boolean,
  ): Tensors {
    const indices = this.orders[part].batchAt(at).map((index) => this.parts[part][index] as number);
    return batchFeeds(this.input.images, tasks, this.input.format, indices, mirror);
  }

  /** ∇_w ≈ Σ_t r_t·γ_t·∇_w ℓ^t(a, w): one backward pass through the weighted sum. */
  private async weightStep(at: number, draw: Rng): Promise<StepMetrics> {
    const { settings } = this.input;
    const { step, vectors } = this.current;
    const { tasks, pass, update } = await this.searchingParts();
    const sample = drawShared(this.distributions, draw.fork('architecture'));
    const mirror = mirrorHalf(settings.batchSize, settings.horizontalFlip, draw.fork('flip'));
    const { losses, gradients } = await runPass(pass, {
      theta: vectors.theta,
      batch: this.batch(tasks, 'train', at, mirror),
      topology: sample.topology,
      taskWeights: sample.ratios.map((ratio, t) => ratio * this.taskWeight(t)),
    });
    const rate = cosineDecay(settings.learningRate, weightSteps(settings))(at);
    const next = await update.apply(vectors, gradients as Float32Array, rate);
    this.current = { step: step + 1, vectors: { ...vectors, ...next } };
    return this.metrics(losses, sample);
  }

  /** ∇_{θ^t} ≈ mean over samples of r_t·A_t·(a − π^t), and the exact gradient of the cost. No backward pass. */
  private async topologyStep(at: number, draw: Rng): Promise<StepMetrics> {
    const { settings } = this.input;
    const { step, vectors } = this.current;
    const { tasks, losses: session } = await this.searchingParts();
    const batch = this.batch(tasks, 'heldOut', at);
    const gradient = new Float32Array(vectors.logits.length);
    const addAt = (t: number, part: Float64Array, factor: number): void =>
      part.forEach((value, b) => {
        const index = t * part.length + b;
        gradient[index] = (gradient[index] as number) + factor * value;
      });
    let baselines: Baselines = vectors.baselines;
    let told: StepMetrics = { loss: 0 };
    for (let draws = 0; draws < settings.samples; draws++) {
      const sample = drawShared(this.distributions, draw.fork('architecture').fork(draws));
      const { topology } = sample;
      const { losses } = await runPass(session, { theta: vectors.theta, batch, topology });
      this.distributions.forEach((logits, t) => {
        const loss = this.taskWeight(t) * (losses[t] as number);
        const ratio = sample.ratios[t] as number;
        // The baseline of the step before: one that this sample had moved would bias the estimate.
        const advantage = advantageOf(vectors.baselines, t, loss, settings.normaliseAdvantage);
        addAt(t, scoreGradient(logits, topology, ratio, advantage), 1 / settings.samples);
        baselines = withLoss(baselines, t, { loss, ratio }, settings.baselineMomentum);
      });
      told = this.metrics(losses, sample);
    }
    this.distributions.forEach((logits, t) => addAt(t, costGradient(logits, this.cost), 1));
    const moved = await this.moveDistributions(gradient, at);
    this.current = { step: step + 1, vectors: { ...vectors, ...moved, baselines } };
    return told;
  }

  private async moveDistributions(gradient: Float32Array, at: number) {
    const { vectors } = this.current;
    const { topologyUpdate } = await this.searchingParts();
    const dims = [gradient.length];
    const scalar = (value: number) => ({ data: Float32Array.of(value), dims: [] });
    const { first, second } = adamCorrections(at + 1);
    const next = await topologyUpdate.run({
      ...Object.fromEntries(topologyVectors.map((name) => [name, { data: vectors[name], dims }])),
      gradient: { data: gradient, dims },
      learningRate: scalar(this.input.settings.topologyLearningRate),
      firstCorrection: scalar(first),
      secondCorrection: scalar(second),
    });
    return {
      logits: next['nextLogits']?.data as Float32Array,
      firstMoment: next['nextFirstMoment']?.data as Float32Array,
      secondMoment: next['nextSecondMoment']?.data as Float32Array,
    };
  }

  private taskWeight(t: number): number {
    const { tasks, settings } = this.input;
    return settings.taskWeights[tasks[t]?.task.name ?? ''] ?? 1;
  }

  /** By task: its loss, its importance ratio, the expected share of units kept, and the expected MACs. */
  private metrics(losses: readonly number[], { ratios }: SharedSample): StepMetrics {
    const byTask = this.input.tasks.flatMap(({ task: { name } }, t) => {
      const logits = this.distributions[t] as Logits;
      const keep = keepProbabilities(logits).reduce((sum, value) => sum + value, 0) / logits.length;
      return [
        [`loss.${name}`, losses[t] as number],
        [`ratio.${name}`, ratios[t] as number],
        [`keep.${name}`, keep],
        [`macs.${name}`, expectedCost(logits, this.cost)],
      ] as const;
    });
    const loss = losses.reduce((sum, value, t) => sum + this.taskWeight(t) * value, 0);
    return { loss, ...Object.fromEntries(byTask) };
  }
}

function placedTeachers({ tasks }: FbNetV5Input, { teachers }: Layouts): readonly Teacher[] {
  let to = 0;
  return tasks
    .flatMap(({ task, target }) => (target ? [{ task, target }] : []))
    .map(({ task, target }, at) => {
      const from = to;
      to = from + (teachers[at]?.total ?? 0);
      return { task, target, from, to };
    });
}
