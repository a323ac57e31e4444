import type { BestView, ParetoView } from '@sextant/contracts';
import { describe, expect, it } from 'vitest';
import { bestParameters, inOrder } from '../commands/best.command';
import { bestLine, paretoCsv, paretoTable } from './query';

const front: ParetoView = {
  objectives: [
    { key: 'accuracy', direction: 'maximize' },
    { key: 'latencyMs@pixel3', direction: 'minimize' },
  ],
  evidence: 'measured',
  points: [{ id: 'f'.repeat(32), values: [0.9, 12.5] }],
  hypervolume: { reference: [0, 30], value: 0.25, history: [] },
};

describe('a front', () => {
  it('as CSV has the columns in the order they were asked for', () => {
    expect(paretoCsv(inOrder(['latencyMs@pixel3', 'accuracy'], front))).toEqual([
      'id,latencyMs@pixel3,accuracy',
      `${'f'.repeat(32)},12.5,0.9`,
    ]);
  });
  it('as a table ends with its hypervolume', () => {
    expect(paretoTable(front).at(-1)).toBe('1 points; hypervolume 0.2500');
  });
});

describe('the best', () => {
  const answer = {
    orderBy: 'accuracy',
    limits: { hardware: 'pixel3' },
    candidate: { id: 'a', rank: 7, accuracy: { value: 0.9 }, predictedAccuracy: null },
    latency: { value: 12.5, evidence: 'predicted' },
    feasibleCount: 40,
    feasibleCountRelation: 'atMost',
    evaluatedCount: 100,
  } as Extract<BestView, { feasible: true }>;
  it('says where, how it is known, and how sure the count is', () => {
    expect(bestLine(answer)).toBe(
      'a  validation 90.0 %  latency 12.500 ms on pixel3 (predicted)  (rank 7; at most 40 of 100 fit)',
    );
  });
  it('is asked for with what was given only', () => {
    const parameters = bestParameters({ search: 's', hardware: 'pixel3', maxEnergy: 3 });
    expect(parameters).toEqual({ hardware: 'pixel3', maxEnergyMj: '3' });
  });
});
