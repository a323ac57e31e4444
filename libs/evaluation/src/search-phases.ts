/** @file What a run of a search does in each of its phases, whatever is trained: clock, progress, stops, checkpoints. */
import type { Measurement, Progress, SupernetSummary } from '@sextant/contracts';
import type { Feed } from '@sextant/engine';
import { encodeState, runTraining, type StepMetrics, type Trainer } from '@sextant/supernet';
import { latencyMeasurement } from './latency-measurement';
import { measureLatency } from './measure-latency';
import type { Machine, SearchPorts } from './ports';
import { ProgressMeter } from './progress-meter';
import { Stopped } from './search-outcome';

type Seconds = SupernetSummary['seconds'];

export interface TimedModel {
  readonly model: Uint8Array;
  readonly image: Feed;
  readonly runs: number;
  readonly seed: number;
}

export class SearchPhases {
  /** So far, by phase. */
  readonly seconds: Record<keyof Seconds, number> = {
    ...{ training: 0, evaluating: 0, testing: 0, measuring: 0 },
  };

  /** `found` tells how many candidates there are by now, and the best. */
  constructor(
    private readonly ports: Omit<SearchPorts, 'onCandidates'>,
    private readonly found: () => Pick<Progress, 'candidates' | 'bestSoFar'>,
  ) {}

  /** Before every step of training and every run of a model: nothing runs on for longer than one of them. */
  readonly stopIfAsked = async (): Promise<void> => {
    const reason = await this.ports.stopRequested();
    if (reason) throw new Stopped(reason);
  };

  /** Reports each of `total` steps of a phase as it is told of it. */
  counter(phase: Progress['phase'], total: number, done: number) {
    const meter = new ProgressMeter(phase, total, done, () => this.ports.nowMs());
    return (training: StepMetrics | null = null): void => {
      meter.advance();
      this.report(meter.read(), training);
    };
  }

  /** The last report. */
  reportEnd(total: number): void {
    this.report({
      ...{ phase: 'done', step: total, totalSteps: total, ratePerSecond: null, etaSeconds: 0 },
    });
  }

  async timed<T>(phase: keyof Seconds, work: () => Promise<T>): Promise<T> {
    const start = this.ports.nowMs();
    const result = await work();
    this.seconds[phase] = (this.ports.nowMs() - start) / 1000;
    return result;
  }

  /** Steps to the end, with checkpoints. @throws {Stopped} it was asked to */
  async train(
    trainer: Trainer,
    { name, options }: { name: string; options: { readonly checkpointSeconds: number } },
  ): Promise<void> {
    const reason = await runTraining(trainer, options.checkpointSeconds, {
      nowMs: () => this.ports.nowMs(),
      stopRequested: () => this.ports.stopRequested(),
      onStep: this.counter('training', trainer.totalSteps, trainer.state.step),
      save: () => this.ports.saveCheckpoint(encodeState(name, trainer.state), trainer.state.step),
    });
    if (reason) throw new Stopped(reason);
  }

  /** On one thread, one image at a time. */
  async latency({ model, image, runs, seed }: TimedModel, machine: Machine): Promise<Measurement> {
    const nowMs = () => this.ports.nowMs();
    const options = { beforeRun: this.stopIfAsked };
    const sample = await measureLatency(model, { image }, runs, nowMs, options);
    return latencyMeasurement(sample, seed, machine, this.ports.today());
  }

  private report(
    progress: Pick<Progress, 'phase' | 'step' | 'totalSteps' | 'ratePerSecond' | 'etaSeconds'>,
    training: StepMetrics | null = null,
  ): void {
    const { loss, ...metrics } = training ?? {};
    this.ports.onProgress({
      ...progress,
      loss: loss ?? null,
      ...(Object.keys(metrics).length > 0 ? { metrics } : {}),
      ...this.found(),
    });
  }
}
