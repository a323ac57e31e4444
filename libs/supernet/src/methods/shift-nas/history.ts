/** @file How the distribution over cost bins and the loss of each bin went, as rows of numbers in the training state. */

/** At one look at the bins. */
export interface ShiftRecord {
  readonly step: number;
  /** What bins are drawn with. */
  readonly probabilities: readonly number[];
  /** Of the likeliest architecture of each bin on held-out images, nats. */
  readonly losses: readonly number[];
  /** Fraction of the generator's draws since the last look that lay within half a bin of their target. */
  readonly hitRate: number;
}

/** The history with one more row. */
export function appended(history: Float32Array, record: ShiftRecord): Float32Array {
  const { step, probabilities, losses, hitRate } = record;
  const row = [step, hitRate, ...probabilities, ...losses];
  const next = new Float32Array(history.length + row.length);
  next.set(history);
  next.set(row, history.length);
  return next;
}

export function readHistory(history: Float32Array, bins: number): readonly ShiftRecord[] {
  const width = 2 + 2 * bins;
  return Array.from({ length: history.length / width }, (_, row) => {
    const [step, hitRate, ...rest] = [...history.subarray(row * width, (row + 1) * width)];
    return {
      step: step as number,
      hitRate: hitRate as number,
      probabilities: rest.slice(0, bins),
      losses: rest.slice(bins),
    };
  });
}
