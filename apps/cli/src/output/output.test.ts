import type { SearchView } from '@sextant/contracts';
import { describe, expect, it } from 'vitest';
import { duration, quantile, roundedUp } from './numbers';
import { progressLine, ProgressPrinter } from './progress';
import { table } from './table';

const view = (progress: Partial<NonNullable<SearchView['progress']>> | null): SearchView =>
  ({
    state: 'running',
    progress: progress && {
      phase: 'training',
      step: 10,
      totalSteps: 200,
      ratePerSecond: 12.34,
      etaSeconds: 75,
      loss: 1.25,
      candidates: 0,
      bestSoFar: null,
      ...progress,
    },
  }) as unknown as SearchView;

describe('table', () => {
  it('aligns columns and keeps every cell', () => {
    const lines = table(
      [
        { title: 'n', align: 'right', cell: (row: { n: number; s: string }) => String(row.n) },
        { title: 'name', align: 'left', cell: (row) => row.s },
      ],
      [
        { n: 1, s: 'one' },
        { n: 100, s: 'hundred' },
      ],
    );
    expect(lines).toEqual(['  n  name', '───  ───────', '  1  one', '100  hundred']);
  });
});

describe('progress', () => {
  it('says phase, steps, rate, time left and the best so far', () => {
    const best = { id: 'x', accuracy: 0.876, macs: 1_234_000 };
    expect(progressLine(view({ candidates: 3, bestSoFar: best }))).toBe(
      'training   10/200 · 12.3/s · 1:15 left · loss 1.250 · 3 candidates · best 87.6 % at 1.23 MMACs',
    );
    expect(progressLine(view(null))).toBe('running');
  });

  it('prints plain lines every five seconds and at each new phase', () => {
    let now = 0;
    const lines: string[] = [];
    const printer = new ProgressPrinter(
      (text) => lines.push(text),
      false,
      () => now,
    );
    for (now = 0; now <= 12_000; now += 1000) printer.show(view({ step: now }));
    printer.show(view({ phase: 'testing' }));
    expect(lines).toHaveLength(4);
    expect(lines.at(-1)).toContain('testing');
  });
});

describe('limits', () => {
  it('are quantiles, rounded up so that the measurement itself fits', () => {
    expect(quantile([5, 1, 4, 2, 3], 0.2)).toBe(2);
    for (const value of [0.0661234, 0.066, 1.0005])
      expect(roundedUp(value)).toBeGreaterThanOrEqual(value);
    expect(roundedUp(0.066)).toBe(0.066);
  });
  it('shows durations in minutes', () => {
    expect(duration(75.4)).toBe('1:15');
  });
});
