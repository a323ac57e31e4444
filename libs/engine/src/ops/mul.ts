/** @file Elementwise product. */
import type { Value } from '../graph/value';
import { elementwise } from './binary';
import { apply, defineOp } from './define-op';
import { toOperand } from './operand';

export const mulOp = defineOp({
  name: 'mul',
  ...elementwise('Mul', (a, b) => a * b),
  gradient({ inputs: [a, b] }, [d]) {
    if (!a || !b || !d) return [];
    return [mul(d, b), toOperand(b, mul(d, a))];
  },
});

/** out = a · b; a and b of one type, or b a scalar. @throws {ShapeError} types differ */
export const mul = (a: Value, b: Value): Value => apply(mulOp, [a, b], {});
