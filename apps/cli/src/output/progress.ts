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

/** May a line be drawn over itself? Not where output is kept: in a file, a pipe, or CI. */
export const canRedraw = (
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean => Boolean(stream.isTTY) && !env['CI'] && !env['NO_COLOR'] && env['TERM'] !== 'dumb';

/** Where progress goes; on a terminal one line of `columns` is redrawn in place. */
export class ProgressPrinter {
  private lastPhase: string | null = null;
  private lastAtMs = -Infinity;

  constructor(
    private readonly write: (text: string) => void,
    private readonly isTerminal: boolean,
    private readonly nowMs: () => number,
    private readonly columns: () => number = () => Infinity,
  ) {}

  show(search: SearchView): void {
    const line = progressLine(search);
    if (this.isTerminal) return this.write(`\r\u001b[2K${line.slice(0, this.columns() - 1)}`);
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

/** Progress on one of this process's own streams. */
export const printerOn = (stream: NodeJS.WriteStream): ProgressPrinter =>
  new ProgressPrinter(
    (text) => void stream.write(text),
    canRedraw(stream, process.env),
    () => performance.now(),
    () => stream.columns || Infinity,
  );
