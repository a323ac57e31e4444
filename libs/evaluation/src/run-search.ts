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
  familyOf,
  holdOut,
  predict,
  readHistory,
  subset,
  type AnyArchitecture,
  type AnyFamily,
  type AnySpace,
  type LabelledImages,
  type TrainingState,
} from '@sextant/supernet';
import type { Lowerings } from '@sextant/engine';
import { fidelityOf } from './fidelity';
import { methodOf } from './method-of';
import { modelMetadata } from './model-metadata';
import { methodSettings, type BlockLatencies } from './path-costs';
import type { Machine, SearchDataset, SearchPorts } from './ports';
import { requireMemory } from './require-memory';
import { outcomeOf, type SearchOutcome } from './search-outcome';
import { SearchPhases } from './search-phases';
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
  return outcomeOf(new SearchRun(input, ports).toTheEnd());
}

class SearchRun {
  private readonly family: AnyFamily;
  private readonly settings: unknown;
  private readonly candidates: Map<string, EvaluatedCandidate>;
  private readonly train: LabelledImages;
  private readonly validation: LabelledImages;
  private readonly phases: SearchPhases;

  constructor(
    private readonly input: SearchInput,
    private readonly ports: SearchPorts,
  ) {
    const { spec, space, dataset, done } = input;
    this.family = familyOf(space);
    this.settings = methodSettings(spec, space, input.blockLatencies);
    this.candidates = new Map(done.map((candidate) => [candidate.id, candidate]));
    this.phases = new SearchPhases(ports, () => ({
      candidates: this.candidates.size,
      bestSoFar: bestOf([...this.candidates.values()]),
    }));
    const parts = holdOut(dataset.train, spec.validationFraction, rng(spec.seed, 'hold-out'));
    this.train = subset(dataset.train, parts.train, dataset.width);
    this.validation = subset(dataset.train, parts.heldOut, dataset.width);
  }

  async toTheEnd(): Promise<SupernetSummary> {
    const { spec, space, dataset, machine, lowerings } = this.input;
    requireMemory({ spec, space, dataset, lowerings }, machine.memoryLimitBytes);
    const state = await this.phases.timed('training', () => this.trainSupernet());
    await this.phases.timed('evaluating', () => this.evaluateChildren(state));
    await this.phases.timed('measuring', () =>
      this.eachMissing('measuring', 'latencyMs', (c) => this.timeCandidate(c)),
    );
    await this.phases.timed('testing', () =>
      this.eachMissing('testing', 'test', (c) => this.testCandidate(c)),
    );
    const summary: SupernetSummary = {
      candidates: this.candidates.size,
      trainingSteps: state.step,
      seconds: this.phases.seconds,
      parameters: this.family.layout.total,
      trainImages: this.train.count,
      validationImages: this.validation.count,
      testImages: dataset.test.count,
      threads: machine.threads,
      ...shiftsOf(spec, state),
    };
    this.phases.reportEnd(spec.evaluation.candidates);
    return summary;
  }

  private async trainSupernet(): Promise<TrainingState<'theta'>> {
    const { spec, space, dataset, checkpoint, machine, lowerings } = this.input;
    const { name } = spec.method;
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
    try {
      await this.phases.train(trainer, spec.method);
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
    const count = this.phases.counter('evaluating', budget, this.candidates.size);
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
          count();
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
      beforeRun: this.phases.stopIfAsked,
    });
    const predictions = await predict(
      exported({}),
      this.validation,
      dataset,
      machine.threads,
      this.phases.stopIfAsked,
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
    const { latencyRuns: runs } = spec.evaluation;
    return this.phases.latency({ model, image, runs, seed: spec.seed }, machine);
  }

  private async testCandidate(model: Uint8Array): Promise<Measurement> {
    const { dataset } = this.input;
    // One thread, as in the check of a downloaded model: the same sums in the same order.
    const predictions = await predict(model, dataset.test, dataset, 1, this.phases.stopIfAsked);
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
    const count = this.phases.counter(phase, total, total - missing.length);
    for (const candidate of missing) {
      if (!candidate.model) continue;
      const measurement = await measure(await this.ports.loadModel(candidate.model.sha256));
      this.store({ ...candidate, measurements: [...candidate.measurements, measurement] });
      count();
    }
  }

  private store(candidate: EvaluatedCandidate): void {
    this.candidates.set(candidate.id, candidate);
    this.ports.onCandidates([candidate]);
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
