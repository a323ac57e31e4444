/** @file A box cut out of a tensor, and its adjoint: the box put back among zeros. */
import { ShapeError } from '@sextant/common';
import { addDims, sameDims, subDims, type Dim, type Dims } from '../graph/dims';
import { forEachIndex, offsetOf, zerosOf } from '../graph/float64-tensor';
import type { Value } from '../graph/value';
import { inStoredOrder } from '../lowering/stored-order';
import { apply, defineOp, typeAt } from './define-op';

/** The box: first element and size along every axis. Both may be known only at run time. */
interface Box {
  readonly starts: Dims;
  readonly sizes: Dims;
}

const shifted = (index: readonly number[], starts: readonly number[]): number[] =>
  index.map((i, axis) => i + (starts[axis] as number));

export const sliceOp = defineOp<Box>({
  name: 'slice',
  infer(types, { starts, sizes }) {
    const type = typeAt(types, 0, sizes.length);
    const whole = type.dims;
    if (starts.length !== sizes.length) throw new ShapeError('one start per size');
    sizes.forEach((size, axis) => {
      const limit = whole[axis] as Dim;
      if (typeof limit === 'number' && typeof size === 'number' && size > limit) {
        throw new ShapeError(`axis ${axis}: ${size} elements of ${limit}`);
      }
    });
    return [{ ...type, dims: sizes }];
  },
  gradient: ({ inputs: [x], attributes: { starts } }, [d]) => [
    x && d ? padTo(d, starts, x.type.dims) : null,
  ],
  reference([x], { starts, sizes }, size) {
    if (!x) return [];
    const out = zerosOf(sizes.map(size));
    const from = starts.map(size);
    forEachIndex(out.dims, (index, at) => {
      out.data[at] = x.data[offsetOf(x.dims, shifted(index, from))] as number;
    });
    return [out];
  },
  emit(emitter, { attributes: { starts, sizes }, inputs: [value] }, [x = '']) {
    if (!value) return [];
    const order = <T>(items: readonly T[]): readonly T[] => inStoredOrder(emitter, value, items);
    const [first, size, whole] = [order(starts), order(sizes), order(value.type.dims)];
    const axes = size.flatMap((it, axis) => (sameDims([it], [whole[axis] as Dim]) ? [] : [axis]));
    const from = axes.map((axis) => first[axis] as Dim);
    const to = axes.map((axis) => addDims(first[axis] as Dim, size[axis] as Dim));
    return [emitter.node('Slice', [x, emitter.sizes(from), emitter.sizes(to), emitter.ints(axes)])];
  },
});

export const padToOp = defineOp<{ starts: Dims; dims: Dims }>({
  name: 'padTo',
  infer(types, { starts, dims }) {
    const type = typeAt(types, 0, dims.length);
    if (dims.length !== starts.length) throw new ShapeError('one start per axis');
    return [{ ...type, dims }];
  },
  gradient: ({ inputs: [x], attributes: { starts } }, [d]) => [
    x && d ? slice(d, starts, x.type.dims) : null,
  ],
  reference([x], { starts, dims }, size) {
    if (!x) return [];
    const out = zerosOf(dims.map(size));
    const from = starts.map(size);
    forEachIndex(x.dims, (index, at) => {
      out.data[offsetOf(out.dims, shifted(index, from))] = x.data[at] as number;
    });
    return [out];
  },
  emit(emitter, { attributes: { starts, dims }, inputs: [box] }, [x = '']) {
    const after = dims.map((dim, axis) =>
      subDims(dim, addDims(starts[axis] as Dim, box?.type.dims[axis] as Dim)),
    );
    if (!box) return [];
    const pads = [starts, after].flatMap((sides) => inStoredOrder(emitter, box, sides));
    return [emitter.node('Pad', [x, emitter.sizes(pads)])];
  },
});

/**
 * out[i] = x[starts + i] for i < sizes. Elastic width takes the leading channels, an elastic kernel the centre.
 * @throws {ShapeError} rank differs, or a size that is known exceeds its axis
 * @see Yu et al. 2020, BigNAS, arXiv:2003.11142 §3
 */
export function slice(x: Value, starts: Dims, sizes: Dims): Value {
  return sameDims(sizes, x.type.dims) ? x : apply(sliceOp, [x], { starts, sizes });
}

/** Adjoint of `slice`: zeros of `dims` with x at `starts`. */
export function padTo(x: Value, starts: Dims, dims: Dims): Value {
  return sameDims(dims, x.type.dims) ? x : apply(padToOp, [x], { starts, dims });
}

/** The leading `sizes` elements along each axis. */
export const leading = (x: Value, sizes: Dims): Value =>
  slice(
    x,
    sizes.map(() => 0),
    sizes,
  );
