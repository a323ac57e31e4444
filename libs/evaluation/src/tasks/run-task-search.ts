/** @file One search for several tasks: train one supernet, then derive, evaluate, time and test the networks of each task. */
import { rng } from '@sextant/common';
import type {
  EvaluatedCandidate,
  Measurement,
  SceneTaskName,
  SearchBy,
  SupernetSummary,
} from '@sextant/contracts';
import type { Lowerings } from '@sextant/engine';
import { topologyHash, topologyKey, topologyMacs, type TopologySpace } from '@sextant/search-space';
import {
  calibrateNetwork,
  countParameters,
  decodeState,
  deriveTopologies,
  exportNetwork,
  FbNetV5Trainer,
  holdOut,
  predictBatches,
  type DerivedNetwork,
  type FbNetV5Settings,
} from '@sextant/supernet';
import type { Machine, SearchPorts } from '../ports';
import { requireBytes } from '../require-memory';
import { outcomeOf, type SearchOutcome } from '../search-outcome';
import { SearchPhases } from '../search-phases';
import { wilsonInterval } from '../wilson-interval';
import { labelledScenes, type LabelledScenes, type Scenes, type SceneShape } from './scene-tasks';
import { smallestNetwork } from './smallest-network';
import { predictTaskSearchBytes } from './task-memory';
import { taskModelMetadata } from './task-metadata';

export interface TaskScenes extends SceneShape {
  readonly id: string;
  readonly sha256: string;
  readonly classNames: readonly string[];
  readonly train: Scenes;
  readonly test: Scenes;
}

export interface TaskSearchInput {
  readonly spec: SearchBy<'fbnet-v5'>;
  readonly space: TopologySpace;
  readonly scenes: TaskScenes;
  /** The newest training state of an earlier run of this search. */
  readonly checkpoint: Uint8Array | null;
  /** Candidates an earlier run has stored, by task; they are not evaluated again. */
  readonly done: Readonly<Partial<Record<SceneTaskName, readonly EvaluatedCandidate[]>>>;
  readonly machine: Machine;
  readonly lowerings: Lowerings;
}

export interface TaskSearchPorts extends Omit<SearchPorts, 'onCandidates'> {
  onCandidates(candidates: readonly EvaluatedCandidate[], task: SceneTaskName): void;
}

/** Networks drawn for each one that is wanted: some are equal, some break a limit. */
const drawsPerNetwork = 8;

/**
 * Runs a search, or the rest of one. The ranked lists depend on spec, data, and number of threads only.
 * @throws {MemoryLimitError} before anything is computed: it may need more memory than it has
 * @throws {NasError} the search cannot go on
 */
export async function runTaskSearch(
  input: TaskSearchInput,
  ports: TaskSearchPorts,
): Promise<SearchOutcome> {
  return outcomeOf(new TaskSearchRun(input, ports).toTheEnd());
}

class TaskSearchRun {
  private readonly names: readonly SceneTaskName[];
  private readonly settings: FbNetV5Settings;
  private readonly train: LabelledScenes;
  private readonly validation: LabelledScenes;
  private readonly test: LabelledScenes;
  private readonly candidates: ReadonlyMap<SceneTaskName, Map<string, EvaluatedCandidate>>;
  private readonly phases: SearchPhases;

  constructor(
    private readonly input: TaskSearchInput,
    private readonly ports: TaskSearchPorts,
  ) {
    const { spec, scenes, done } = input;
    const { tasks, ...options } = spec.method.options;
    this.names = tasks;
    // every scene is labelled: there is nothing to teach
    this.settings = { ...options, teacherSteps: 1, confidence: 0 };
    const parts = holdOut(scenes.train, spec.validationFraction, rng(spec.seed, 'hold-out'));
    this.train = labelledScenes(tasks, scenes, scenes.train, parts.train);
    this.validation = labelledScenes(tasks, scenes, scenes.train, parts.heldOut);
    const all = Array.from({ length: scenes.test.count }, (_item, at) => at);
    this.test = labelledScenes(tasks, scenes, scenes.test, all);
    this.candidates = new Map(
      tasks.map((task) => [task, new Map((done[task] ?? []).map((it) => [it.id, it]))]),
    );
    // no network is the best of all: each is for one task
    this.phases = new SearchPhases(ports, () => ({ candidates: this.count(), bestSoFar: null }));
  }

  async toTheEnd(): Promise<SupernetSummary> {
    const { spec } = this.input;
    this.requireMemory();
    const trainer = FbNetV5Trainer.create(this.trainerInput(), this.storedState());
    try {
      await this.phases.timed('training', () => this.phases.train(trainer, spec.method));
      await this.phases.timed('evaluating', () => this.evaluate(trainer));
      await this.phases.timed('measuring', () =>
        this.eachMissing('measuring', 'latencyMs', (_task, model) => this.latency(model)),
      );
      await this.phases.timed('testing', () =>
        // one thread, as in a check of a downloaded model: the same sums in the same order
        this.eachMissing('testing', 'test', (task, model) => this.score(task, model, 'test', 1)),
      );
      return this.summary(trainer);
    } finally {
      await trainer.release();
    }
  }

  private trainerInput() {
    const { spec, space, scenes, machine, lowerings } = this.input;
    return {
      ...{ space, format: scenes, settings: this.settings, seed: spec.seed, lowerings },
      images: this.train.images,
      tasks: this.train.tasks.map((task) => ({ task })),
      threads: machine.threads,
      beforeRun: this.phases.stopIfAsked,
    };
  }

  private storedState() {
    const { checkpoint, spec } = this.input;
    return checkpoint ? decodeState(spec.method.name, checkpoint) : undefined;
  }

  private requireMemory(): void {
    const { spec, space, scenes, machine, lowerings } = this.input;
    const sceneCount = scenes.train.count + scenes.test.count;
    requireBytes(
      predictTaskSearchBytes({ spec, space, scenes, sceneCount, lowerings }),
      machine.memoryLimitBytes,
      `lower batchSize (${this.settings.batchSize}), take a smaller space than ${space.name}`,
    );
  }

  /** The likeliest network of each task and draws from its distribution that keep the limits. */
  private async evaluate(trainer: FbNetV5Trainer): Promise<void> {
    const { spec, space, scenes } = this.input;
    const { candidates: wanted } = spec.evaluation;
    const total = wanted * this.names.length;
    const count = this.phases.counter('evaluating', total, this.count());
    for (const [at, task] of this.names.entries()) {
      const head = this.train.tasks[at] as LabelledScenes['tasks'][number];
      const logits = trainer.distributions[at] as Float32Array;
      const draw = rng(spec.seed, 'derived networks').fork(task);
      const derived = deriveTopologies(space, logits, head.reads, drawsPerNetwork * wanted, draw);
      // where all break a limit the smallest network is left
      const { topology: smallest } = smallestNetwork(space, scenes, head);
      const fitting = [...derived, smallest]
        .filter((topology) => this.keepsLimits(trainer.network(task, topology)))
        .slice(0, wanted);
      for (const topology of fitting) {
        const id = topologyHash(space, topology, task);
        if (this.listOf(task).has(id)) continue;
        this.store(task, await this.evaluated(id, task, trainer.network(task, topology)));
        count();
      }
    }
  }

  private keepsLimits(network: DerivedNetwork): boolean {
    const { maxMacs = Infinity, maxParams } = this.input.spec.constraints;
    if (this.macs(network) > maxMacs) return false;
    return maxParams === undefined || countParameters(network) <= maxParams;
  }

  private macs({ topology, tasks }: DerivedNetwork): number {
    const { space, scenes } = this.input;
    return topologyMacs(space, topology, scenes, tasks[0]?.reads);
  }

  private async evaluated(
    id: string,
    task: SceneTaskName,
    network: DerivedNetwork,
  ): Promise<EvaluatedCandidate> {
    const { spec, space, scenes, machine } = this.input;
    const statistics = await calibrateNetwork(
      network,
      this.train.images,
      spec.evaluation.calibrationImages,
      machine.threads,
      this.phases.stopIfAsked,
    );
    const accuracy = await this.score(
      task,
      exportNetwork(network, statistics),
      'validation',
      machine.threads,
    );
    const macs = this.macs(network);
    const paramCount = countParameters(network);
    const origin = { candidateId: id, spec, space, scenes, task, macs, paramCount, accuracy };
    const metadata = taskModelMetadata({ ...origin, topology: network.topology });
    return {
      id,
      encoding: [...network.topology],
      architecture: { topology: topologyKey(network.topology) },
      macs,
      paramCount,
      measurements: [accuracy],
      model: await this.ports.saveModel(exportNetwork(network, statistics, metadata)),
    };
  }

  private async score(
    task: SceneTaskName,
    model: Uint8Array,
    split: 'validation' | 'test',
    threads: number,
  ): Promise<Measurement> {
    const { spec, scenes: format } = this.input;
    const { images, tasks } = split === 'test' ? this.test : this.validation;
    const bound = tasks[this.names.indexOf(task)] as LabelledScenes['tasks'][number];
    const examiner = bound.examiner();
    await predictBatches(
      model,
      { format, tasks: [bound] },
      images,
      threads,
      (results) => examiner.add(results[task] ?? {}),
      this.phases.stopIfAsked,
    );
    const { score, ...interval } = examiner.finish();
    const isShare = task === 'classification';
    return {
      metric: 'accuracy',
      split,
      fidelity: 'supernet-inherited',
      seed: spec.seed,
      value: score,
      ...(isShare ? wilsonInterval(Math.round(score * images.count), images.count) : interval),
      n: images.count,
      unit: 'fraction',
      details: { task, measure: bound.metric },
    };
  }

  private async latency(model: Uint8Array): Promise<Measurement> {
    const { spec, scenes, machine } = this.input;
    const { channels, height, width } = scenes;
    const image = {
      data: scenes.test.images.slice(0, channels * height * width),
      dims: [1, channels, height, width],
    };
    const { latencyRuns: runs } = spec.evaluation;
    return this.phases.latency({ model, image, runs, seed: spec.seed }, machine);
  }

  /** Adds one measurement to every candidate that lacks it. */
  private async eachMissing(
    phase: 'measuring' | 'testing',
    lacking: 'latencyMs' | 'test',
    measure: (task: SceneTaskName, model: Uint8Array) => Promise<Measurement>,
  ): Promise<void> {
    const missing = this.names.flatMap((task) =>
      [...this.listOf(task).values()]
        .filter(
          ({ measurements }) =>
            !measurements.some(({ metric, split }) => metric === lacking || split === lacking),
        )
        .map((candidate) => ({ task, candidate })),
    );
    const total = this.count();
    const count = this.phases.counter(phase, total, total - missing.length);
    for (const { task, candidate } of missing) {
      if (!candidate.model) continue;
      const measurement = await measure(task, await this.ports.loadModel(candidate.model.sha256));
      this.store(task, { ...candidate, measurements: [...candidate.measurements, measurement] });
      count();
    }
  }

  private summary(trainer: FbNetV5Trainer): SupernetSummary {
    const { scenes, machine } = this.input;
    const total = this.count();
    this.phases.reportEnd(total);
    return {
      candidates: total,
      trainingSteps: trainer.state.step,
      seconds: this.phases.seconds,
      parameters: trainer.state.vectors.theta.length,
      trainImages: this.train.images.count,
      validationImages: this.validation.images.count,
      testImages: scenes.test.count,
      threads: machine.threads,
    };
  }

  private listOf(task: SceneTaskName): Map<string, EvaluatedCandidate> {
    return this.candidates.get(task) as Map<string, EvaluatedCandidate>;
  }

  private count(): number {
    return this.names.reduce((sum, task) => sum + this.listOf(task).size, 0);
  }

  private store(task: SceneTaskName, candidate: EvaluatedCandidate): void {
    this.listOf(task).set(candidate.id, candidate);
    this.ports.onCandidates([candidate], task);
  }
}
