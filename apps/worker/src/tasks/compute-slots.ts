/** @file What a worker computes at a time, searches and tasks together: each has its share of cores and memory. */

export class ComputeSlots {
  private readonly waiting: (() => void)[] = [];
  private readonly watchers: ((isFull: boolean) => void)[] = [];
  private taken = 0;

  constructor(private readonly size: number) {}

  /** Runs `work` in a slot; first come, first served. */
  async within<T>(work: () => Promise<T>): Promise<T> {
    await this.take();
    try {
      return await work();
    } finally {
      this.give();
    }
  }

  /** `watcher` hears when the last slot is taken and when there is one again, to take no work that would wait. */
  watch(watcher: (isFull: boolean) => void): void {
    this.watchers.push(watcher);
  }

  private async take(): Promise<void> {
    if (this.taken === this.size) {
      await new Promise<void>((resolve) => this.waiting.push(resolve)); // handed over by `give`
      return;
    }
    this.taken += 1;
    if (this.taken === this.size) this.tell(true);
  }

  private give(): void {
    const next = this.waiting.shift();
    if (next) return next();
    this.taken -= 1;
    if (this.taken === this.size - 1) this.tell(false);
  }

  private tell(isFull: boolean): void {
    for (const watcher of this.watchers) watcher(isFull);
  }
}
