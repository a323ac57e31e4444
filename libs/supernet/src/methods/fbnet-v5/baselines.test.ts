import { describe, expect, it } from 'vitest';
import { advantageOf, baselineLength, baselineOf, withLoss, type Baselines } from './baselines';

const start: Baselines = new Float32Array(baselineLength(2));
const after = (...losses: readonly number[]): Baselines =>
  losses.reduce((sums, loss) => withLoss(sums, 1, { loss, ratio: 1 }, 0.9), start);

describe('baselines', () => {
  it('are there from the first loss on, without the bias of a start at 0', () => {
    expect(baselineOf(start, 1)).toBeNull();
    expect(advantageOf(start, 1, 5, true)).toBe(0);
    expect(baselineOf(after(4), 1)?.mean).toBeCloseTo(4, 6);
    // (0.09·4 + 0.1·6) / 0.19.
    expect(baselineOf(after(4, 6), 1)?.mean).toBeCloseTo(0.96 / 0.19, 5);
  });

  it('are each task’s own', () => {
    expect(baselineOf(after(4, 6), 0)).toBeNull();
  });

  it('weigh a loss by its importance ratio, so that their mean is that of the task', () => {
    const sums = [
      { loss: 3, ratio: 0.5 },
      { loss: 1, ratio: 1.5 },
    ].reduce((before, it) => withLoss(before, 0, it, 0.5), start);
    // Weights 0.25 and 0.5 of losses 1.5 and 1.5.
    expect(baselineOf(sums, 0)?.mean).toBeCloseTo(1.5, 6);
  });

  it('give advantages in deviations where that is asked for', () => {
    const sums = after(4, 6);
    const { mean = 0, deviation = 0 } = baselineOf(sums, 1) ?? {};
    expect(deviation).toBeCloseTo(Math.sqrt((0.1 * 4) / 0.19), 5);
    expect(advantageOf(sums, 1, 7, false)).toBeCloseTo(7 - mean, 9);
    expect(advantageOf(sums, 1, 7, true)).toBeCloseTo((7 - mean) / deviation, 9);
    expect(Number.isFinite(advantageOf(after(4), 1, 5, true))).toBe(true);
  });
});
