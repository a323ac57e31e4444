import { QueryAnswer } from '@sextant/contracts';
import { cellMacs, parseCell } from '@sextant/search-space';
import { describe, expect, it } from 'vitest';
import { syntheticCells, syntheticTable, type SyntheticCell } from '../../testing';
import { bestOfTable, prepareTable } from './best-of-table';

const cells = syntheticCells(5);
const table = prepareTable(syntheticTable(cells));
const ask = (limits: Record<string, number>, rest: object = {}) =>
  bestOfTable(table, { limits, finalists: 5, ...rest });

const latency = ({ latencyMs }: SyntheticCell) => latencyMs ?? Infinity;
const within = (limit: number) => cells.filter((it) => latency(it) <= limit);
const top = (some: readonly SyntheticCell[]) => Math.max(...some.map((it) => it.validation)) / 100;
const limitAt = (fraction: number) => {
  const known = cells
    .map(latency)
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  return known[Math.floor(fraction * known.length)]!;
};

describe('the best of a table', () => {
  it.each([0.01, 0.1, 0.25, 0.5, 0.9, 0.999])('is exact at the %d quantile of latency', (at) => {
    const limit = limitAt(at);
    const answer = QueryAnswer.parse(ask({ 'latencyMs@board': limit }));
    if (!answer.feasible) throw new TypeError('infeasible');
    const fitting = within(limit);
    expect(answer).toMatchObject({
      evidence: 'measured',
      feasibleCount: fitting.length,
      evaluatedCount: cells.length,
    });
    expect(answer.best.accuracy?.value).toBe(top(fitting));
    expect(answer.best.costs['latencyMs']?.value).toBeLessThanOrEqual(limit);
    const better = cells.filter((it) => it.validation / 100 > top(fitting));
    expect(answer.best.rank).toBeGreaterThan(better.length);
    expect(answer.finalists[0]).toEqual(answer.best);
    const accuracies = answer.finalists.map((it) => it.accuracy!.value);
    expect(accuracies).toEqual([...accuracies].sort((a, b) => b - a));
    const { slower, faster } = answer.neighbours;
    const over = better.filter((it) => Number.isFinite(latency(it)));
    expect(slower?.costs['latencyMs']?.value).toBe(
      over.length > 0 ? Math.min(...over.map(latency)) : undefined,
    );
    const quicker = within(limit).filter(
      (it) => latency(it) < answer.best.costs['latencyMs']!.value,
    );
    expect(faster?.accuracy?.value).toBe(quicker.length > 0 ? top(quicker) : undefined);
  });

  it('keeps several limits at once, counted ones among them', () => {
    const limits = { 'latencyMs@board': limitAt(0.5), 'energyMj@board': 12, macs: 6e7 };
    const answer = ask(limits);
    const fitting = within(limits['latencyMs@board']).filter(
      ({ energyMj, arch }) => energyMj <= 12 && cellMacs(parseCell(arch)) <= 6e7,
    );
    expect(fitting.length).toBeGreaterThan(10);
    expect(answer).toMatchObject({ feasible: true, feasibleCount: fitting.length });
    expect(answer.feasible && answer.best.accuracy?.value).toBe(top(fitting));
  });

  it('names the smallest of each where nothing fits, and what no device reports never answers', () => {
    const least = Math.min(...cells.map(latency));
    expect(ask({ 'latencyMs@board': least * 0.99, macs: 1e7 })).toMatchObject({
      feasible: false,
      smallest: { latencyMs: least, macs: expect.any(Number) },
      highestAccuracy: top(cells),
      hint: expect.stringContaining(String(least)),
    });
    const unsupported = cells.filter(({ latencyMs }) => latencyMs === null);
    const answer = ask({ 'latencyMs@board': 1e9 });
    expect(answer).toMatchObject({ feasibleCount: cells.length - unsupported.length });
  });

  it('may be asked for an accuracy, and answers without any limit', () => {
    expect(ask({}, { minAccuracy: 0.999 })).toMatchObject({ feasible: false });
    const answer = ask({});
    expect(answer).toMatchObject({ feasible: true, evidence: 'counted' });
    expect(answer.feasible && answer.best).toMatchObject({ rank: 1 });
  });
});
