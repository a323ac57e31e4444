import { gzipSync } from 'node:zlib';
import type {
  BenchmarkImport,
  QueryAnswer,
  QueryArchitecture,
  SearchEstimate,
} from '@sextant/contracts';
import { describe, expect, it } from 'vitest';
import { tableType } from './benchmark-client';
import { devicesOf } from './commands/benchmark.command';
import { answerLines, estimateLines, importLines } from './output/benchmarks';

const cell = '|none~0|+|none~0|none~1|+|none~0|none~1|none~2|';

const architecture = (latencyMs: number): QueryArchitecture => ({
  id: '0'.repeat(32),
  architecture: { cell },
  encoding: [0, 0, 0, 0, 0, 0],
  rank: 7,
  accuracy: { value: 0.9129, lower: 0.91, upper: 0.92, n: 25_000, split: 'validation', fidelity: 'tabulated' }, // prettier-ignore
  testAccuracy: null,
  costs: {
    latencyMs: { value: latencyMs, lower: latencyMs, upper: latencyMs, evidence: 'measured', conditions: {} }, // prettier-ignore
    macs: { value: 1e6, lower: 1e6, upper: 1e6, evidence: 'counted', conditions: {} },
  },
  candidate: null,
});

describe('files', () => {
  it('are told by their first bytes', () => {
    expect(tableType(gzipSync('idx,a'))).toBe('application/gzip');
    expect(tableType(Buffer.from('idx,a'))).toBe('text/csv');
    expect(tableType(new Uint8Array())).toBe('text/csv');
  });
  it('name devices by their columns', () => {
    const header = ['idx', 'edgegpu_latency', 'edgegpu_energy', 'raspi4_latency', 'eyeriss_arithmetic_intensity']; // prettier-ignore
    expect(devicesOf(header)).toEqual(['edgegpu', 'raspi4']);
  });
});

describe('lines', () => {
  it('of an import count what was refused', () => {
    const report: BenchmarkImport = {
      benchmark: {
        id: 'nb201',
        space: 'nas-bench-201',
        architectures: 15_625,
        columns: [],
        createdAt: '2026-01-01T00:00:00.000Z',
        links: { self: '/' },
      },
      rows: 10,
      acceptedRows: 9,
      acceptedValues: 17,
      importedColumns: ['c10_val_200'],
      ignoredColumns: [],
      refused: [{ reason: 'duplicate', what: 'row', count: 1, examples: [{ line: 4, text: 'idx 2' }] }], // prettier-ignore
    };
    expect(importLines(report)).toEqual([
      'nb201: 9 of 10 rows, c10_val_200',
      '  refused 1 × duplicate, by row (line 4: idx 2)',
    ]);
  });

  it('of an answer name evidence, rank and neighbours', () => {
    const answer: QueryAnswer = {
      feasible: true,
      best: architecture(5.293),
      evidence: 'measured',
      feasibleCount: 7813,
      feasibleCountRelation: 'exact',
      evaluatedCount: 15_625,
      finalists: [],
      neighbours: { slower: architecture(5.35), faster: null },
    };
    expect(answerLines(answer)).toEqual([
      `${cell}  91.3 %  latencyMs 5.293 (measured)`,
      'rank 7 of 15625; 7813 fit',
      `a little slower: ${cell}  91.3 %  latencyMs 5.35 (measured)`,
    ]);
  });

  it('of an estimate say what cannot be met, and how sure the time is', () => {
    const estimate: SearchEstimate = {
      feasible: false,
      limits: [{ cost: 'macs', limit: 1, smallest: 1000, fits: false }],
      fitting: null,
      candidates: 48,
      trainings: 1,
      measurements: 48,
      seconds: { low: 60, expected: 180, high: 540, phases: {} },
      memoryBytes: null,
      devices: [],
      basis: 'built-in rates',
      references: 0,
    };
    expect(estimateLines(estimate)).toEqual([
      'infeasible: no architecture meets every limit',
      '  macs ≤ 1: cannot be met, smallest 1000',
      '48 candidates, 1 trainings, 48 measurements',
      'time 3:00 (1:00 to 9:00): built-in rates',
    ]);
  });
});
