/** @file Tensors joined along one axis. */
import { ShapeError } from '@sextant/common';
import { addDims, dimsKey, sameDims, type Dim, type Dims } from '../graph/dims';
import { forEachIndex, offsetOf, zerosOf } from '../graph/float64-tensor';
import type { Value } from '../graph/value';
import { storedAxis } from '../lowering/stored-order';
import { apply, defineOp, typeAt } from './define-op';
import { slice } from './slice';

interface Along {
  readonly axis: number;
}

const without = (dims: Dims, axis: number): Dims => dims.filter((_, at) => at !== axis);
const withSize = (dims: Dims, axis: number, size: Dim): Dims =>
  dims.map((dim, at) => (at === axis ? size : dim));

export const concatOp = defineOp<Along>({
  name: 'concat',
  infer(types, { axis }) {
    const first = typeAt(types, 0);
    if (!Number.isInteger(axis) || axis < 0 || axis >= first.dims.length) {
      throw new ShapeError(`there is no axis ${axis} in [${dimsKey(first.dims)}]`);
    }
    for (const { dims, layout } of types) {
      const fits =
        layout === first.layout &&
        dims.length === first.dims.length &&
        sameDims(without(dims, axis), without(first.dims, axis));
      if (!fits) {
        throw new ShapeError(
          `[${dimsKey(dims)}] does not join [${dimsKey(first.dims)}] along axis ${axis}`,
        );
      }
    }
    const size = types.reduce<Dim>((total, { dims }) => addDims(total, dims[axis] as Dim), 0);
    return [{ ...first, dims: withSize(first.dims, axis, size) }];
  },
  gradient({ inputs, attributes: { axis } }, [d]) {
    if (!d) return [];
    let start: Dim = 0;
    return inputs.map(({ type: { dims } }) => {
      const starts = dims.map((_, at) => (at === axis ? start : 0));
      start = addDims(start, dims[axis] as Dim);
      return slice(d, starts, dims);
    });
  },
  reference(inputs, { axis }) {
    const sizes = inputs.map(({ dims }) => dims[axis] as number);
    const total = sizes.reduce((a, b) => a + b, 0);
    const out = zerosOf(withSize(inputs[0]?.dims ?? [], axis, total) as number[]);
    let start = 0;
    inputs.forEach((input, which) => {
      forEachIndex(input.dims, (index, at) => {
        const target = index.map((i, it) => (it === axis ? i + start : i));
        out.data[offsetOf(out.dims, target)] = input.data[at] as number;
      });
      start += sizes[which] as number;
    });
    return [out];
  },
  emit: (emitter, { inputs: [first], attributes: { axis } }, names) =>
    first
      ? [
          emitter.node('Concat', names, {
            attributes: { axis: { int: storedAxis(emitter, first, axis) } },
          }),
        ]
      : [],
});

/**
 * The tensors one after another along `axis`; all other sizes equal. Feature maps count axes as [N,C,H,W].
 * @throws {ShapeError} ranks, layouts or other sizes differ, or there is no such axis
 */
export const concat = (values: readonly Value[], axis: number): Value =>
  values.length === 1 ? (values[0] as Value) : apply(concatOp, values, { axis });
