/** @file Sums over axes of plain tensors, and their adjoint: repetition along new or unit axes. */
import { ShapeError } from '@sextant/common';
import { dimsKey, sameDims, type Dim, type Dims } from '../graph/dims';
import { forEachIndex, offsetOf, zerosOf } from '../graph/float64-tensor';
import { plain, type Value } from '../graph/value';
import { apply, defineOp, typeAt } from './define-op';

const withUnitAxes = (dims: Dims, axes: readonly number[]): Dim[] =>
  dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));

export const sumOp = defineOp<{ axes: readonly number[] }>({
  name: 'sum',
  infer(types, { axes }) {
    return [plain(withUnitAxes(typeAt(types, 0).dims, axes))];
  },
  gradient: ({ inputs: [x] }, [d]) => [x && d ? expand(d, x.type.dims) : null],
  reference([x], { axes }) {
    if (!x) return [];
    const out = zerosOf(withUnitAxes(x.dims, axes) as number[]);
    forEachIndex(x.dims, (index, at) => {
      const target = index.map((i, axis) => (axes.includes(axis) ? 0 : i));
      const offset = offsetOf(out.dims, target);
      out.data[offset] = (out.data[offset] as number) + (x.data[at] as number);
    });
    return [out];
  },
  emit: (emitter, { attributes }, [x = '']) => [
    emitter.node('ReduceSum', [x, emitter.ints(attributes.axes)], {
      attributes: { keepdims: { int: 1 } },
    }),
  ],
});

export const expandOp = defineOp<{ dims: Dims }>({
  name: 'expand',
  infer(types, { dims }) {
    const from = typeAt(types, 0).dims;
    const fits =
      from.length === dims.length &&
      from.every((dim, axis) => dim === 1 || sameDims([dim], [dims[axis] as Dim]));
    if (!fits) throw new ShapeError(`[${dimsKey(from)}] does not repeat to [${dimsKey(dims)}]`);
    return [plain(dims)];
  },
  gradient({ inputs: [x], attributes: { dims } }, [d]) {
    if (!x || !d) return [null];
    const repeated = dims.flatMap((dim, axis) =>
      sameDims([dim], [x.type.dims[axis] as Dim]) ? [] : [axis],
    );
    return [sum(d, repeated)];
  },
  reference([x], { dims }, size) {
    if (!x) return [];
    const out = zerosOf(dims.map(size));
    forEachIndex(out.dims, (index, at) => {
      const source = index.map((i, axis) => (x.dims[axis] === 1 ? 0 : i));
      out.data[at] = x.data[offsetOf(x.dims, source)] as number;
    });
    return [out];
  },
  emit: (emitter, { attributes }, [x = '']) => [
    emitter.node('Expand', [x, emitter.sizes(attributes.dims)]),
  ],
});

/** Sum over `axes` of a plain tensor; the axes stay, with size 1. */
export const sum = (x: Value, axes: readonly number[]): Value =>
  axes.length === 0 ? x : apply(sumOp, [x], { axes });

/** Repeats axes of size 1 up to `dims`, of the same rank. @throws {ShapeError} another axis differs */
export const expand = (x: Value, dims: Dims): Value =>
  sameDims(x.type.dims, dims) ? x : apply(expandOp, [x], { dims });

export const sumAllOp = defineOp({
  name: 'sumAll',
  infer: () => [plain([])],
  gradient: ({ inputs: [x] }, [d]) => [x && d ? fill(d, x) : null],
  reference([x]) {
    return x ? [{ dims: [], data: Float64Array.of(x.data.reduce((a, b) => a + b, 0)) }] : [];
  },
  emit: (emitter, _node, inputs) => [
    emitter.node('ReduceSum', inputs, { attributes: { keepdims: { int: 0 } } }),
  ],
});

export const fillOp = defineOp({
  name: 'fill',
  infer(types) {
    if (typeAt(types, 0, 0)) return [typeAt(types, 1)];
    return [];
  },
  gradient: (_node, [d]) => [d ? sumAll(d) : null, null],
  reference([value, like]) {
    if (!value || !like) return [];
    return [{ dims: like.dims, data: like.data.map(() => value.data[0] as number) }];
  },
  emit: (emitter, _node, [value = '', like = '']) => [
    emitter.node('Expand', [value, emitter.node('Shape', [like])]),
  ],
});

/** Σ of every element, as a scalar []. */
export const sumAll = (x: Value): Value => apply(sumAllOp, [x], {});

/** A tensor of `like`'s type, every element equal to the scalar `value`. */
export const fill = (value: Value, like: Value): Value => apply(fillOp, [value, like], {});
