/** @file Scores on their way to the parent: a few at a time, none held for long. */
import type { ScoredArchitecture } from '@sextant/contracts';

const mostHeld = 64;
const heldMs = 500;

export class ScoreBuffer {
  private held: ScoredArchitecture[] = [];
  private sentMs: number;

  constructor(
    private readonly send: (architectures: ScoredArchitecture[]) => Promise<void>,
    private readonly nowMs: () => number,
  ) {
    this.sentMs = nowMs();
  }

  async add(architecture: ScoredArchitecture): Promise<void> {
    this.held.push(architecture);
    if (this.held.length >= mostHeld || this.nowMs() - this.sentMs >= heldMs) await this.flush();
  }

  async flush(): Promise<void> {
    this.sentMs = this.nowMs();
    const held = this.held;
    this.held = [];
    if (held.length > 0) await this.send(held);
  }
}
