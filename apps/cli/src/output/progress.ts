/** @file A search's progress on a terminal: one line redrawn, or plain lines now and then. */
import type { SearchView } from '@sextant/contracts';
import { duration, millions, percent } from './numbers';

/** One line: phase, step/total, rate, time left, loss, best so far. */
export function progressLine({ state, progress }: SearchView): string {
  if (!progress) return state;
  const { phase, step, totalSteps, ratePerSecond, etaSeconds, loss, candidates, bestSoFar } =
    progress;
  return [
    `${phase.padEnd(10)} ${step}/${totalSteps}`,
    ratePerSecond === null ? null : `${ratePerSecond.toFixed(1)}/s`,
    etaSeconds === null ? null : `${duration(etaSeconds)} left`,
    loss === null ? null : `loss ${loss.toFixed(3)}`,
    candidates === 0 ? null : `${candidates} candidates`,
    bestSoFar && `best ${percent(bestSoFar.accuracy)} at ${millions(bestSoFar.macs)}MACs`,
  ]
    .filter((part) => part !== null)
    .join(' · ');
}

const plainEveryMs = 5000;

/** Where progress goes; `isTerminal` lines are redrawn in place. */
export class ProgressPrinter {
  private lastPhase: string | null = null;
  private lastAtMs = -Infinity;

  constructor(
    private readonly write: (text: string) => void,
    private readonly isTerminal: boolean,
    private readonly nowMs: () => number,
  ) {}

  show(search: SearchView): void {
    const line = progressLine(search);
    if (this.isTerminal) return this.write(`\r\u001b[2K${line}`);
    const phase = search.progress?.phase ?? search.state;
    if (phase === this.lastPhase && this.nowMs() - this.lastAtMs < plainEveryMs) return;
    this.lastPhase = phase;
    this.lastAtMs = this.nowMs();
    this.write(`${line}\n`);
  }

  end(): void {
    if (this.isTerminal) this.write('\n');
  }
}
