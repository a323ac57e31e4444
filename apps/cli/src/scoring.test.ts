import type { PredictorView, ReportEntry, ScoredView } from '@sextant/contracts';
import { describe, expect, it } from 'vitest';
import { predictorLines, reportTable, scoredTable } from './output/scoring';
import { labelsType } from './scoring-client';

describe('a file of labels', () => {
  it('is told by its name', () => {
    expect(labelsType('a.csv')).toEqual({ 'content-type': 'text/csv' });
    expect(labelsType('b.jsonl.gz')).toEqual({
      'content-type': 'application/x-ndjson',
      'content-encoding': 'gzip',
    });
    expect(() => labelsType('c.xlsx')).toThrow(/csv/);
  });
});

describe('tables', () => {
  it('show failures by their code, and predictions as such', () => {
    const row: ScoredView = {
      id: '0'.repeat(32),
      rank: 1,
      architecture: { cell: '|none~0|' },
      encoding: [0],
      macs: 2e6,
      paramCount: 1500,
      score: 12.345678,
      proxies: { snip: { value: 0.000123456, failure: null }, synflow: { value: null, failure: 'non-finite' } }, // prettier-ignore
      predicted: { value: 0.875, lower: 0.8, upper: 0.9, predictor: 1, evidence: 'predicted' },
      links: { self: '/' },
    };
    const [title, , line] = scoredTable([row]);
    expect(title).toMatch(/rank +score +snip +synflow +predicted/);
    expect(line).toMatch(/1 +12.35 +0.0001235 +non-finite +87.5 % +2.00 M +1.5 k +\|none~0\|/);
  });

  it('of a report keep the sign and the interval', () => {
    const entry: ReportEntry = {
      kind: 'proxy',
      name: 'plain',
      split: 'train',
      values: 'computed',
      n: 50,
      failed: 2,
      resamples: 1000,
      kendallTauB: { value: -0.25, lower: -0.4, upper: -0.1 },
      spearman: null,
      tauTop10: null,
      precisionAt: [{ k: 10, precision: 0.3 }],
    };
    expect(reportTable([entry])[2]).toMatch(
      /train +proxy plain +computed +50 +2 +-0.250 \[-0.400, -0.100\] +– +– +10: 0.30/,
    );
  });

  it('say what was picked and why, or what went wrong', () => {
    const result = {
      picked: 'random-forest' as const,
      why: 'highest cross-validated τ',
      compared: [],
      labels: 78,
      intervalLevel: 0.9,
      predicted: 6466,
      seconds: 2,
    };
    const predictor = { number: 1, name: 'auto', state: 'succeeded', result, error: null };
    expect(predictorLines(predictor as unknown as PredictorView)).toEqual([
      'predictor 1: auto, succeeded, picked random-forest: 78 labels, 6466 predicted, 2.0 s',
      '  highest cross-validated τ',
    ]);
    const error = { code: 'x', message: 'too few', permanent: true };
    const failed = { ...predictor, state: 'failed', result: null, error };
    expect(predictorLines(failed as unknown as PredictorView)).toEqual([
      'predictor 1: auto, failed: too few',
    ]);
  });
});
