/** @file One search from request to ranked candidates: train, evaluate, time, and test once. */
import { rng } from '@sextant/common';
import type {
  SupernetSummary,
  EvaluatedCandidate,
  Measurement,
  Progress,
  SearchBy,
  SupernetMethodName,
} from '@sextant/contracts';
import {
  countCorrect,
  decodeState,
  encodeState,
  familyOf,
  holdOut,
  predict,
  readHistory,
  runTraining,
  subset,
  type AnyArchitecture,
  type AnyFamily,
  type AnySpace,
  type LabelledImages,
  type StepMetrics,
  type TrainingState,
} from '@sextant/supernet';
import type { Lowerings } from '@sextant/engine';
import { latencyMeasurement } from './latency-measurement';
import { measureLatency } from './measure-latency';
import { fidelityOf } from './fidelity';
import { methodOf } from './method-of';
import { modelMetadata } from './model-metadata';
import { methodSettings, type BlockLatencies } from './path-costs';
import type { Machine, SearchDataset, SearchPorts } from './ports';
import { ProgressMeter } from './progress-meter';
import { requireMemory } from './require-memory';
import { Stopped, type SearchOutcome } from './search-outcome';
import { wilsonInterval } from './wilson-interval';

export interface SearchInput {
  readonly spec: SearchBy<SupernetMethodName>;
  readonly space: AnySpace;
  readonly dataset: SearchDataset;
  /** The newest training state of an earlier run of this search. */
  readonly checkpoint: Uint8Array | null;
  /** Candidates an earlier run has stored; they are not evaluated again. */
  readonly done: readonly EvaluatedCandidate[];
  readonly machine: Machine;
  readonly lowerings: Lowerings;
  /** Of the device that the search names, where its method learns from latencies. */
  readonly blockLatencies?: BlockLatencies;
}

/**
 * Runs a search, or the rest of one. The ranked list depends on spec, data, and number of threads only: every draw comes
 * from the seed, children are proposed from stored accuracies, and timings decide nothing.
 * @throws {MemoryLimitError} before anything is computed: it may need more memory than it has
 * @throws {NasError} the search cannot go on
 */
export async function runSearch(input: SearchInput, ports: SearchPorts): Promise<SearchOutcome> {
  const run = new SearchRun(input, ports);
  try {
    return { kind: 'done', summary: await run.toTheEnd() };
  } catch (error) {
    if (error instanceof Stopped) return { kind: 'stopped', reason: error.reason };
    throw error;
  }
}

class SearchRun {
  private readonly family: AnyFamily;
  private readonly settings: unknown;
  private readonly candidates: Map<string, EvaluatedCandidate>;
  private readonly train: LabelledImages;
  private readonly validation: LabelledImages;
  private readonly seconds = { training: 0, evaluating: 0, testing: 0, measuring: 0 };

  constructor(
    private readonly input: SearchInput,
    private readonly ports: SearchPorts,
  ) {
    const { spec, space, dataset, done } = input;
    this.family = familyOf(space);
    this.settings = methodSettings(spec, space, input.blockLatencies);
    this.candidates = new Map(done.map((candidate) => [candidate.id, candidate]));
    const parts = holdOut(dataset.train, spec.validationFraction, rng(spec.seed, 'hold-out'));
    this.train = subset(dataset.train, parts.train, dataset.width);
    this.validation = subset(dataset.train, parts.heldOut, dataset.width);
  }

  async toTheEnd(): Promise<SupernetSummary> {
    const { spec, space, dataset, machine, lowerings } = this.input;
    requireMemory({ spec, space, dataset, lowerings }, machine.memoryLimitBytes);
    const state = await this.timed('training', () => this.trainSupernet());
    await this.timed('evaluating', () => this.evaluateChildren(state));
    await this.timed('measuring', () =>
      this.eachMissing('measuring', 'latencyMs', (c) => this.timeCandidate(c)),
    );
    await this.timed('testing', () =>
      this.eachMissing('testing', 'test', (c) => this.testCandidate(c)),
    );
    const summary: SupernetSummary = {
      candidates: this.candidates.size,
      trainingSteps: state.step,
      seconds: this.seconds,
      parameters: this.family.layout.total,
      trainImages: this.train.count,
      validationImages: this.validation.count,
      testImages: dataset.test.count,
      threads: machine.threads,
      ...shiftsOf(spec, state),
    };
    this.report({
      phase: 'done',
      step: spec.evaluation.candidates,
      totalSteps: spec.evaluation.candidates,
      ratePerSecond: null,
      etaSeconds: 0,
    });
    return summary;
  }

  private async trainSupernet(): Promise<TrainingState<'theta'>> {
    const { spec, space, dataset, checkpoint, machine, lowerings } = this.input;
    const { name, options } = spec.method;
    const trainer = await methodOf(name).create(
      {
        space,
        train: this.train,
        format: dataset,
        settings: this.settings,
        seed: spec.seed,
        threads: machine.threads,
        lowerings,
      },
      checkpoint ? decodeState(name, checkpoint) : undefined,
    );
    const nowMs = () => this.ports.nowMs();
    const meter = new ProgressMeter('training', trainer.totalSteps, trainer.state.step, nowMs);
    try {
      const reason = await runTraining(trainer, options.checkpointSeconds, {
        nowMs,
        stopRequested: () => this.ports.stopRequested(),
        onStep: (metrics) => {
          meter.advance();
          this.report(meter.read(), metrics);
        },
        save: () => this.ports.saveCheckpoint(encodeState(name, trainer.state), trainer.state.step),
      });
      if (reason) throw new Stopped(reason);
      return trainer.state;
    } finally {
      await trainer.release();
    }
  }

  private async evaluateChildren(state: TrainingState<'theta'>): Promise<void> {
    const { spec, space, machine, lowerings } = this.input;
    const { settings } = this;
    const { name } = spec.method;
    const budget = spec.evaluation.candidates;
    const meter = new ProgressMeter('evaluating', budget, this.candidates.size, () =>
      this.ports.nowMs(),
    );
    // Proposals depend on what is known when they are made, so a resumed run replays the rounds from the first.
    const known: { architecture: AnyArchitecture; accuracy: number }[] = [];
    for (let round = 0; ; round++) {
      const draw = rng(spec.seed, 'coarse-to-fine').fork(round);
      const proposed = await methodOf(name).propose(
        {
          space,
          settings,
          state,
          limits: spec.constraints,
          budget,
          threads: machine.threads,
          lowerings,
        },
        known,
        draw,
      );
      if (proposed.length === 0) return;
      for (const architecture of proposed) {
        const id = this.family.hash(architecture);
        const candidate =
          this.candidates.get(id) ?? (await this.evaluate(id, architecture, state.vectors.theta));
        if (!this.candidates.has(id)) {
          this.store(candidate);
          meter.advance();
          this.report(meter.read());
        }
        known.push({ architecture, accuracy: validationAccuracy(candidate) });
      }
    }
  }

  private async evaluate(
    id: string,
    architecture: AnyArchitecture,
    theta: Float32Array,
  ): Promise<EvaluatedCandidate> {
    const { spec, space, dataset, machine } = this.input;
    const { family } = this;
    const exported = await family.exportChild({
      architecture,
      theta,
      format: dataset,
      calibration: { set: this.train, images: spec.evaluation.calibrationImages },
      threads: machine.threads,
      beforeRun: this.stopIfAsked,
    });
    const predictions = await predict(
      exported({}),
      this.validation,
      dataset,
      machine.threads,
      this.stopIfAsked,
    );
    const accuracy = this.accuracy('validation', predictions, this.validation.labels, {});
    const origin = { candidateId: id, spec, space, family, dataset, architecture, accuracy };
    const model = exported(modelMetadata(origin));
    return {
      id,
      encoding: [...family.encode(architecture)],
      architecture: JSON.parse(JSON.stringify(architecture)) as EvaluatedCandidate['architecture'],
      macs: family.macs(architecture),
      paramCount: family.paramCount(architecture),
      measurements: [accuracy],
      model: await this.ports.saveModel(model),
    };
  }

  private async timeCandidate(model: Uint8Array): Promise<Measurement> {
    const { spec, dataset, machine } = this.input;
    const { channels, height, width } = dataset;
    const image = {
      data: dataset.test.images.slice(0, channels * height * width),
      dims: [1, channels, height, width],
    };
    const sample = await measureLatency(
      model,
      { image },
      spec.evaluation.latencyRuns,
      () => this.ports.nowMs(),
      { beforeRun: this.stopIfAsked },
    );
    return latencyMeasurement(sample, spec.seed, machine, this.ports.today());
  }

  private async testCandidate(model: Uint8Array): Promise<Measurement> {
    const { dataset } = this.input;
    // One thread, as in the check of a downloaded model: the same sums in the same order.
    const predictions = await predict(model, dataset.test, dataset, 1, this.stopIfAsked);
    return this.accuracy('test', predictions, dataset.test.labels, {
      predictions: base64(predictions),
    });
  }

  private accuracy(
    split: 'validation' | 'test',
    predictions: Uint8Array,
    labels: Uint8Array,
    details: Record<string, unknown>,
  ): Measurement {
    const correct = countCorrect(predictions, labels);
    return {
      metric: 'accuracy',
      split,
      fidelity: fidelityOf(this.input.spec),
      seed: this.input.spec.seed,
      value: correct / labels.length,
      ...wilsonInterval(correct, labels.length),
      n: labels.length,
      unit: 'fraction',
      details,
    };
  }

  /** Adds one measurement to every candidate that lacks it, in the order they were found. */
  private async eachMissing(
    phase: 'measuring' | 'testing',
    lacking: 'latencyMs' | 'test',
    measure: (model: Uint8Array) => Promise<Measurement>,
  ): Promise<void> {
    const missing = [...this.candidates.values()].filter(
      ({ measurements }) =>
        !measurements.some(({ metric, split }) => metric === lacking || split === lacking),
    );
    const total = this.candidates.size;
    const meter = new ProgressMeter(phase, total, total - missing.length, () => this.ports.nowMs());
    for (const candidate of missing) {
      if (!candidate.model) continue;
      const measurement = await measure(await this.ports.loadModel(candidate.model.sha256));
      this.store({ ...candidate, measurements: [...candidate.measurements, measurement] });
      meter.advance();
      this.report(meter.read());
    }
  }

  private store(candidate: EvaluatedCandidate): void {
    this.candidates.set(candidate.id, candidate);
    this.ports.onCandidates([candidate]);
  }

  /** Before every step of training and every run of a model: nothing runs on for longer than one of them. */
  private readonly stopIfAsked = async (): Promise<void> => {
    const reason = await this.ports.stopRequested();
    if (reason) throw new Stopped(reason);
  };

  private report(
    progress: Pick<Progress, 'phase' | 'step' | 'totalSteps' | 'ratePerSecond' | 'etaSeconds'>,
    training: StepMetrics | null = null,
  ): void {
    const { loss, ...metrics } = training ?? {};
    this.ports.onProgress({
      ...progress,
      loss: loss ?? null,
      ...(Object.keys(metrics).length > 0 ? { metrics } : {}),
      candidates: this.candidates.size,
      bestSoFar: bestOf([...this.candidates.values()]),
    });
  }

  private async timed<T>(phase: keyof typeof this.seconds, work: () => Promise<T>): Promise<T> {
    const start = this.ports.nowMs();
    const result = await work();
    this.seconds[phase] = (this.ports.nowMs() - start) / 1000;
    return result;
  }
}

/** How the distribution of ShiftNAS went; nothing of other methods. */
function shiftsOf(
  { method }: SearchBy<SupernetMethodName>,
  { vectors }: TrainingState,
): Pick<SupernetSummary, 'shifts'> {
  const history = vectors['history'];
  if (method.name !== 'shift-nas' || !history) return {};
  const shifts = readHistory(history, method.options.bins);
  return {
    shifts: shifts.map(({ probabilities, losses, ...rest }) => ({
      ...rest,
      probabilities: [...probabilities],
      losses: [...losses],
    })),
  };
}

const validationAccuracy = ({ measurements }: EvaluatedCandidate): number =>
  measurements.find(({ split }) => split === 'validation')?.value ?? 0;

function bestOf(candidates: readonly EvaluatedCandidate[]): Progress['bestSoFar'] {
  const ranked = candidates
    .map((candidate) => ({
      id: candidate.id,
      accuracy: validationAccuracy(candidate),
      macs: candidate.macs,
    }))
    .sort((a, b) => b.accuracy - a.accuracy || a.macs - b.macs);
  return ranked[0] ?? null;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
