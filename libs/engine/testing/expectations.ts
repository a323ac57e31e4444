/** @file What is expected of an op, as Vitest cases. */
import { describe, expect, it } from 'vitest';
import type { Value } from '../src/graph/value';
import { gradcheck, type GradientCase } from './gradcheck';
import { evaluateLiterals, type Literal } from './literal';

/** One test per case: the gradient is exact in float64 and ONNX Runtime agrees in float32. */
export function describeGradients(cases: Readonly<Record<string, GradientCase>>): void {
  describe('gradient is exact and ONNX Runtime agrees', () => {
    it.each(Object.entries(cases))('%s', async (_, test) => {
      const report = await gradcheck(test);
      expect(report.analyticVsNumeric).toBeLessThan(1e-6);
      for (const error of Object.values(report.runtimeVsReference))
        expect(error).toBeLessThan(2e-5);
    });
  });
}

/** Holds the reference and every lowering to literal values, to `digits` decimals. */
export async function expectLiterals(
  literals: Readonly<Record<string, Literal>>,
  build: (inputs: Record<string, Value>) => Readonly<Record<string, Value>>,
  expected: Readonly<Record<string, readonly number[]>>,
  digits = 5,
): Promise<void> {
  for (const outputs of await evaluateLiterals(literals, build)) {
    for (const [name, values] of Object.entries(expected)) {
      const actual = outputs[name] ?? [];
      expect(actual.length, name).toBe(values.length);
      values.forEach((value, at) => {
        const element = actual[at] as number;
        if (Number.isFinite(value)) expect(element, `${name}[${at}]`).toBeCloseTo(value, digits);
        else expect(element, `${name}[${at}]`).toBe(value);
      });
    }
  }
}
