/** @file Comparisons as masks of float32 ones and zeros, so that they multiply. */
import type { Value } from '../graph/value';
import { elementwise } from './binary';
import { apply, defineOp } from './define-op';

/** out = 1 where the ONNX comparison `opType` holds, else 0. Without a gradient: piecewise constant. */
const comparison = (name: string, opType: string, holds: (a: number, b: number) => boolean) =>
  defineOp({
    name,
    ...elementwise(opType, (a, b) => Number(holds(a, b))),
    emit: (emitter, _node, inputs) => [
      emitter.node('Cast', [emitter.node(opType, inputs)], { attributes: { to: { int: 1 } } }),
    ],
  });

export const greaterOp = comparison('greater', 'Greater', (a, b) => a > b);
export const atLeastOp = comparison('atLeast', 'GreaterOrEqual', (a, b) => a >= b);
export const lessOp = comparison('less', 'Less', (a, b) => a < b);

/** out = 1 where a > b, else 0; b of a's type or a scalar. No gradient flows. @throws {ShapeError} types differ */
export const greater = (a: Value, b: Value): Value => apply(greaterOp, [a, b], {});

/** out = 1 where a ≥ b, else 0; b of a's type or a scalar. No gradient flows. @throws {ShapeError} types differ */
export const atLeast = (a: Value, b: Value): Value => apply(atLeastOp, [a, b], {});

/** out = 1 where a < b, else 0; b of a's type or a scalar. No gradient flows. @throws {ShapeError} types differ */
export const less = (a: Value, b: Value): Value => apply(lessOp, [a, b], {});
