/** @file The larger and the smaller of two elements. */
import type { Value } from '../graph/value';
import { sub } from './add';
import { elementwise } from './binary';
import { atLeast, greater } from './compare';
import { apply, defineOp } from './define-op';
import { mul } from './mul';
import { toOperand } from './operand';

export const maximumOp = defineOp({
  name: 'maximum',
  ...elementwise('Max', Math.max),
  gradient({ inputs: [a, b] }, [d]) {
    if (!a || !b || !d) return [];
    const dA = mul(d, atLeast(a, b));
    return [dA, toOperand(b, sub(d, dA))];
  },
});

export const minimumOp = defineOp({
  name: 'minimum',
  ...elementwise('Min', Math.min),
  gradient({ inputs: [a, b] }, [d]) {
    if (!a || !b || !d) return [];
    const toB = mul(d, greater(a, b));
    return [sub(d, toB), toOperand(b, toB)];
  },
});

/**
 * out = max(a, b), elementwise; b of a's type or a scalar. Where a = b the whole gradient goes to a.
 * @throws {ShapeError} types differ
 */
export const maximum = (a: Value, b: Value): Value => apply(maximumOp, [a, b], {});

/**
 * out = min(a, b), elementwise; b of a's type or a scalar. Where a = b the whole gradient goes to a.
 * @throws {ShapeError} types differ
 */
export const minimum = (a: Value, b: Value): Value => apply(minimumOp, [a, b], {});
