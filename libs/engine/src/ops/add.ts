/** @file Addition and subtraction. */
import type { Value } from '../graph/value';
import { elementwise } from './binary';
import { apply, defineOp } from './define-op';
import { toOperand } from './operand';
import { scale } from './scale';

export const addOp = defineOp({
  name: 'add',
  ...elementwise('Add', (a, b) => a + b),
  gradient: ({ inputs: [, b] }, [d]) => (d && b ? [d, toOperand(b, d)] : []),
});

export const subOp = defineOp({
  name: 'sub',
  ...elementwise('Sub', (a, b) => a - b),
  gradient: ({ inputs: [, b] }, [d]) => (d && b ? [d, scale(toOperand(b, d), -1)] : []),
});

/** out = a + b; a and b of one type, or b a scalar. @throws {ShapeError} types differ */
export const add = (a: Value, b: Value): Value => apply(addOp, [a, b], {});

/** out = a − b; a and b of one type, or b a scalar. @throws {ShapeError} types differ */
export const sub = (a: Value, b: Value): Value => apply(subOp, [a, b], {});
