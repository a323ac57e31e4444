/** @file Elementwise product. */
import type { Value } from '../graph/value';
import { elementwise } from './binary';
import { apply, defineOp } from './define-op';
import { sumAll } from './sum';

export const mulOp = defineOp({
  name: 'mul',
  ...elementwise('Mul', (a, b) => a * b),
  gradient({ inputs: [a, b] }, [d]) {
    if (!a || !b || !d) return [];
    const dB = mul(d, a);
    const scalar = b.type.dims.length === 0 && a.type.dims.length > 0;
    return [mul(d, b), scalar ? sumAll(dB) : dB];
  },
});

/** out = a · b; a and b of one type, or b a scalar. @throws {ShapeError} types differ */
export const mul = (a: Value, b: Value): Value => apply(mulOp, [a, b], {});
