/** @file Maxima over windows; the gradient goes to the first pixel that has the maximum. */
import { ShapeError } from '@sextant/common';
import type { Dims } from '../graph/dims';
import { zerosOf } from '../graph/float64-tensor';
import { feature, type Value } from '../graph/value';
import { batchFirst } from '../lowering/stored-order';
import { applyAll, defineOp, featureDims, typeAt } from './define-op';
import { poolWindow, type PoolOptions } from './avg-pool2d';
import { scatterFlat } from './flat-positions';
import { forEachTap, requireWindow, windowCount, type Window } from '../graph/window';

export const maxPool2dOp = defineOp<Window>({
  name: 'maxPool2d',
  infer(types, attributes) {
    requireWindow(attributes);
    const { kernel, padding } = attributes;
    if (padding.some((zeros, side) => zeros >= (kernel[side % 2] as number))) {
      throw new ShapeError('padding must be less than the kernel');
    }
    const [n, c, h, w] = featureDims(typeAt(types, 0));
    const dims: Dims = [n, c, windowCount(h, attributes, 0), windowCount(w, attributes, 1)];
    return [feature(dims), feature(dims, 'int64')];
  },
  gradient({ inputs: [x], outputs: [, positions] }, [d]) {
    return [x && positions && d ? scatterFlat(d, positions, x.type.dims) : null];
  },
  reference([x], attributes) {
    if (!x) return [];
    const [n = 0, c = 0, h = 0, w = 0] = x.dims;
    const rows = windowCount(h, attributes, 0) as number;
    const columns = windowCount(w, attributes, 1) as number;
    const [y, positions] = [zerosOf([n, c, rows, columns]), zerosOf([n, c, rows, columns])];
    y.data.fill(-Infinity);
    for (let plane = 0; plane < n * c; plane++) {
      forEachTap(h, w, attributes, (pixel, _tap, output) => {
        const [from, to] = [plane * h * w + pixel, plane * rows * columns + output];
        if ((x.data[from] as number) <= (y.data[to] as number)) return;
        y.data[to] = x.data[from] as number;
        positions.data[to] = from;
      });
    }
    return [y, positions];
  },
  emit(emitter, { attributes: { kernel, stride, padding } }, [x = '']) {
    const outputs = emitter.nodeWithOutputs('MaxPool', [batchFirst(emitter, x)], 2, {
      attributes: {
        kernel_shape: { ints: kernel },
        strides: { ints: stride },
        pads: { ints: padding },
      },
    });
    return outputs.map((output) => batchFirst(emitter, output));
  },
});

/**
 * out[n,c,i,j] = the largest of the kh × kw window at (i·stride − padding, j·stride − padding), padding left out.
 * Shapes: x [N,C,H,W] → out [N,C,⌊(H + padding − kh)/stride⌋ + 1, …]; all sizes of x may be run-time.
 * @throws {ShapeError} a window has no pixel, does not fit, or its numbers are no positive integers
 */
export const maxPool2d = (x: Value, options: PoolOptions): Value =>
  applyAll(maxPool2dOp, [x], poolWindow(options))[0] as Value;
