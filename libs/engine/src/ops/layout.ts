/** @file Feature maps as plain tensors [N,C,H,W] and back: the door to ops that know rows and columns only. */
import { feature, plain, type Value } from '../graph/value';
import { batchFirst } from '../lowering/stored-order';
import { apply, defineOp, featureDims, typeAt } from './define-op';

export const toPlainOp = defineOp({
  name: 'toPlain',
  infer: (types) => [plain(featureDims(typeAt(types, 0)))],
  gradient: (_node, [d]) => [d ? toFeature(d) : null],
  reference: ([x]) => (x ? [x] : []),
  emit: (emitter, _node, [x = '']) => [batchFirst(emitter, x)],
});

export const toFeatureOp = defineOp({
  name: 'toFeature',
  infer: (types) => [feature(typeAt(types, 0, 4).dims)],
  gradient: (_node, [d]) => [d ? toPlain(d) : null],
  reference: ([x]) => (x ? [x] : []),
  emit: (emitter, _node, [x = '']) => [batchFirst(emitter, x)],
});

/** A feature map as a plain tensor [N,C,H,W], row-major. @throws {ShapeError} x is no feature map */
export const toPlain = (x: Value): Value => apply(toPlainOp, [x], {});

/** A plain tensor [N,C,H,W] as a feature map. @throws {ShapeError} its rank is not 4 */
export const toFeature = (x: Value): Value => apply(toFeatureOp, [x], {});
