/** @file A factor that is 1: it changes no value, and its gradient tells what the map is worth, plane by plane. */
import { zerosOf } from '../graph/float64-tensor';
import type { Value } from '../graph/value';
import { apply, defineOp, featureDims, requireDim, typeAt } from './define-op';
import { globalSumPoolOp } from './global-avg-pool';
import { mul } from './mul';

export const unitGateOp = defineOp({
  name: 'unitGate',
  infer(types) {
    const x = typeAt(types, 0);
    const [n, c] = featureDims(x);
    const [rows, columns] = typeAt(types, 1, 2).dims;
    requireDim('images', rows, n);
    requireDim('channels', columns, c);
    return [x];
  },
  gradient: ({ inputs: [x] }, [d]) => (x && d ? [d, apply(globalSumPoolOp, [mul(d, x)], {})] : []),
  reference: ([x]) => (x ? [x] : [zerosOf([])]),
  emit: (_emitter, _node, [x = '']) => [x],
  anyStorage: true,
});

/**
 * out = a[n,c]·x[n,c,h,w] for a gate a that is 1 everywhere: costs nothing forward, and ∂loss/∂a[n,c] = Σ_{h,w} x·∂loss/∂x.
 * Shapes: x [N,C,H,W], gate [N,C], of ones → out [N,C,H,W]. @throws {ShapeError} sizes differ
 */
export const unitGate = (x: Value, gate: Value): Value => apply(unitGateOp, [x, gate], {});
