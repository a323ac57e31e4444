/** @file Elements of one tensor or another, by a mask. */
import type { Float64Tensor } from '../graph/float64-tensor';
import { mapTensor } from '../graph/float64-tensor';
import type { Value } from '../graph/value';
import { apply, defineOp, requireSame, typeAt } from './define-op';
import { toOperand } from './operand';

const elementOf = (x: Float64Tensor, at: number): number =>
  x.data[x.dims.length === 0 ? 0 : at] as number;

export const selectOp = defineOp({
  name: 'select',
  infer(types) {
    const mask = typeAt(types, 0);
    for (const operand of [typeAt(types, 1), typeAt(types, 2)]) {
      if (operand.dims.length > 0) requireSame(mask, operand);
    }
    return [mask];
  },
  gradient({ inputs: [mask, a, b] }, [d]) {
    if (!mask || !a || !b || !d) return [];
    const zero = mask.graph.scalar(0);
    return [null, toOperand(a, select(mask, d, zero)), toOperand(b, select(mask, zero, d))];
  },
  reference([mask, a, b]) {
    if (!mask || !a || !b) return [];
    return [mapTensor(mask, (chosen, at) => elementOf(chosen !== 0 ? a : b, at))];
  },
  emit(emitter, _node, [mask = '', a = '', b = '']) {
    const chosen = emitter.node('Cast', [mask], { attributes: { to: { int: 9 } } });
    return [emitter.node('Where', [chosen, a, b])];
  },
});

/**
 * out = a where mask ≠ 0, else b. a and b of the mask's type, or scalars. What is not chosen has no influence, be it
 * NaN; no gradient flows into the mask.
 * @throws {ShapeError} types differ
 */
export const select = (mask: Value, a: Value, b: Value): Value => apply(selectOp, [mask, a, b], {});
