import { describe, expect, it } from 'vitest';
import type { Inspection } from '../inspection';
import { inputSizes } from '../input-sizes';
import { inspectionLines, printable } from './inspection';

const inspection: Inspection = {
  fileBytes: 1_269_160,
  irVersion: 6,
  opsets: { '': 11, 'ai.onnx.ml': 2 },
  producer: '',
  metadata: { names: 'cat, dog\u001b[2J\u202egod' },
  inputs: [
    {
      name: 'x',
      elementType: 'float32',
      isTensor: true,
      dims: ['batch', 3, null],
      ranWith: [1, 3, 8],
    },
  ],
  outputs: [{ name: 'y', elementType: 'int64', isTensor: true, dims: [], ranWith: [] }],
  paramCount: 312_000,
  macs: 24_930_000,
  notCounted: [{ operator: 'MatMul', where: 'If "choice"', count: 2 }],
  operators: { Conv: 126, Sigmoid: 63 },
  threads: 1,
  latency: { medianMs: 1.262, p10Ms: 1.215, p90Ms: 1.381, runs: 100 },
};

describe('an inspection', () => {
  it('is printed with units, and without what could steer a terminal', () => {
    expect(inspectionLines(inspection)).toEqual([
      'inputs      x: float32 [batch, 3, ?], run as 1x3x8',
      'outputs     y: int64 a single value',
      'producer    not named',
      'format      IR 6, opset ai.onnx 11, ai.onnx.ml 2',
      'metadata    names: cat, dog\ufffd[2J\ufffdgod',
      'file        1.269 MB',
      'parameters  0.31 M',
      'MACs        24.93 M',
      'not counted MatMul ×2 in If "choice"',
      'operators   Conv ×126, Sigmoid ×63',
      'latency     1.262 ms median, 1.215 ms p10, 1.381 ms p90 (100 runs, 1 thread)',
    ]);
  });
  it('stays on one screen', () => {
    expect(printable('x'.repeat(1000))).toHaveLength(161);
    const metadata = Object.fromEntries(
      Array.from({ length: 50 }, (_, at) => [`key ${at}`, 'value']),
    );
    expect(inspectionLines({ ...inspection, metadata })).toContain('            … and 30 more');
  });
});

describe('--input', () => {
  it('is a name and sizes', () => {
    const sizes = inputSizes(['x=1x3x224x224', 'a=b=7', 'scalar=']);
    expect(sizes).toEqual({ x: [1, 3, 224, 224], 'a=b': [7], scalar: [] });
  });
  it.each([[['1x3']], [['x=1x-3']], [['x=1×3']], [['=3']], [['x=1', 'x=2']]])(
    'is not %j',
    (texts) => {
      expect(() => inputSizes(texts)).toThrow(/^--input /);
    },
  );
});
