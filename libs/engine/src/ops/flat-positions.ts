/** @file Elements of a feature map by their row-major position in [N,C,H,W], and the adjoint. */
import { productOf, type Dims } from '../graph/dims';
import { mapTensor, zerosOf } from '../graph/float64-tensor';
import { feature, type Value } from '../graph/value';
import { batchFirst } from '../lowering/stored-order';
import { apply, defineOp, requireDim, typeAt } from './define-op';

export const scatterFlatOp = defineOp<{ dims: Dims }>({
  name: 'scatterFlat',
  infer(types, { dims }) {
    typeAt(types, 1, 4).dims.forEach((dim, axis) =>
      requireDim(`positions, axis ${axis}`, dim, typeAt(types, 0, 4).dims[axis]!),
    );
    return [feature(dims)];
  },
  gradient: ({ inputs: [, positions] }, [d]) => [
    positions && d ? gatherFlat(d, positions) : null,
    null,
  ],
  reference([x, positions], { dims }, size) {
    if (!x || !positions) return [];
    const out = zerosOf(dims.map(size));
    positions.data.forEach((position, at) => {
      out.data[position] = (out.data[position] as number) + (x.data[at] as number);
    });
    return [out];
  },
  emit(emitter, { attributes: { dims } }, [x = '', positions = '']) {
    const flat = (name: string): string =>
      emitter.node('Reshape', [batchFirst(emitter, name), emitter.ints([-1])]);
    const zeros = emitter.node('Expand', [emitter.scalar(0), emitter.sizes([productOf(dims)])]);
    const sums = emitter.node('ScatterElements', [zeros, flat(positions), flat(x)], {
      attributes: { axis: { int: 0 }, reduction: { string: 'add' } },
    });
    return [batchFirst(emitter, emitter.node('Reshape', [sums, emitter.sizes(dims)]))];
  },
});

export const gatherFlatOp = defineOp({
  name: 'gatherFlat',
  infer: (types) => [feature(typeAt(types, 1, 4).dims)],
  gradient: ({ inputs: [x, positions] }, [d]) => [
    x && positions && d ? scatterFlat(d, positions, x.type.dims) : null,
    null,
  ],
  reference([x, positions]) {
    if (!x || !positions) return [];
    return [mapTensor(positions, (position) => x.data[position] as number)];
  },
  emit(emitter, _node, [x = '', positions = '']) {
    const flat = emitter.node('Reshape', [batchFirst(emitter, x), emitter.ints([-1])]);
    const picked = emitter.node('Gather', [flat, batchFirst(emitter, positions)], {
      attributes: { axis: { int: 0 } },
    });
    return [batchFirst(emitter, picked)];
  },
});

/** out[positions[i]] += x[i], zeros elsewhere. Shapes: x and positions (int64) equal → out `dims` [N,C,H,W]. */
export const scatterFlat = (x: Value, positions: Value, dims: Dims): Value =>
  apply(scatterFlatOp, [x, positions], { dims });

/** out[i] = x[positions[i]], adjoint of `scatterFlat`. Shapes: positions int64 [N,C,Ho,Wo] → out the same. */
export const gatherFlat = (x: Value, positions: Value): Value =>
  apply(gatherFlatOp, [x, positions], {});
