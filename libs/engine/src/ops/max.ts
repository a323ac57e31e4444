/** @file The largest elements along axes of a plain tensor. */
import { ShapeError } from '@sextant/common';
import type { Dim, Dims } from '../graph/dims';
import { forEachIndex, offsetOf, zerosOf } from '../graph/float64-tensor';
import { plain, type Value } from '../graph/value';
import { equals } from './clip';
import { apply, defineOp, typeAt } from './define-op';
import { div } from './div';
import { mul } from './mul';
import { expand, sum } from './sum';

interface Axes {
  readonly axes: readonly number[];
}

const withUnitAxes = (dims: Dims, axes: readonly number[]): Dim[] =>
  dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));

export const maxOp = defineOp<Axes>({
  name: 'max',
  infer(types, { axes }) {
    const { dims, layout } = typeAt(types, 0);
    if (layout === 'feature') throw new ShapeError('a feature map has no fixed order');
    return [plain(withUnitAxes(dims, axes))];
  },
  gradient({ inputs: [x], outputs: [y], attributes: { axes } }, [d]) {
    if (!x || !y || !d) return [null];
    const largest = equals(x, expand(y, x.type.dims));
    return [mul(largest, expand(div(d, sum(largest, axes)), x.type.dims))];
  },
  reference([x], { axes }) {
    if (!x) return [];
    const out = zerosOf(withUnitAxes(x.dims, axes) as number[]);
    out.data.fill(-Infinity);
    forEachIndex(x.dims, (index, at) => {
      const target = index.map((i, axis) => (axes.includes(axis) ? 0 : i));
      const offset = offsetOf(out.dims, target);
      out.data[offset] = Math.max(out.data[offset] as number, x.data[at] as number);
    });
    return [out];
  },
  emit: (emitter, { attributes: { axes } }, inputs) => [
    emitter.node('ReduceMax', inputs, {
      attributes: { axes: { ints: axes }, keepdims: { int: 1 } },
    }),
  ],
});

/** Maximum over `axes` of a plain tensor; the axes stay, with size 1. Elements that tie share the gradient equally. */
export const max = (x: Value, axes: readonly number[]): Value => apply(maxOp, [x], { axes });
