/** @file Rate and remaining time of one phase, from a clock that the caller owns. */
import type { Progress } from '@sextant/contracts';

/** Weight of the newest rate in the running mean. */
const newest = 0.1;

export class ProgressMeter {
  private lastMs: number;
  private secondsPerStep: number | null = null;

  constructor(
    private readonly phase: Progress['phase'],
    private readonly totalSteps: number,
    private step: number,
    private readonly nowMs: () => number,
  ) {
    this.lastMs = nowMs();
  }

  /** One step is done. */
  advance(): void {
    const now = this.nowMs();
    const seconds = (now - this.lastMs) / 1000;
    this.lastMs = now;
    this.secondsPerStep =
      this.secondsPerStep === null
        ? seconds
        : (1 - newest) * this.secondsPerStep + newest * seconds;
    this.step += 1;
  }

  read(): Pick<Progress, 'phase' | 'step' | 'totalSteps' | 'ratePerSecond' | 'etaSeconds'> {
    const pace = this.secondsPerStep;
    return {
      phase: this.phase,
      step: this.step,
      totalSteps: this.totalSteps,
      ratePerSecond: pace ? 1 / pace : null,
      etaSeconds: pace === null ? null : pace * (this.totalSteps - this.step),
    };
  }
}
