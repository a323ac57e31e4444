/** @file Elementwise quotient. */
import type { Value } from '../graph/value';
import { elementwise } from './binary';
import { apply, defineOp } from './define-op';
import { mul } from './mul';
import { toOperand } from './operand';
import { scale } from './scale';

export const divOp = defineOp({
  name: 'div',
  ...elementwise('Div', (a, b) => a / b),
  anyStorage: false, // what fills up a block is 0/0
  gradient({ inputs: [, b], outputs: [y] }, [d]) {
    if (!b || !y || !d) return [];
    const dA = div(d, b);
    return [dA, scale(toOperand(b, mul(dA, y)), -1)];
  },
});

/** out = a / b, for b ≠ 0; a and b of one type, or b a scalar. @throws {ShapeError} types differ */
export const div = (a: Value, b: Value): Value => apply(divOp, [a, b], {});
