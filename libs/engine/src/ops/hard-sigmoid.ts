/** @file Piecewise linear sigmoid. */
import { mapTensor } from '../graph/float64-tensor';
import type { Value } from '../graph/value';
import { clip, equals } from './clip';
import { apply, defineOp, typeAt } from './define-op';
import { mul } from './mul';
import { scale } from './scale';

export const hardSigmoidOf = (x: number): number => Math.min(6, Math.max(0, x + 3)) / 6;

/** The derivative of hardSigmoid: 1/6 where −3 ≤ x ≤ 3, else 0. */
export const hardSigmoidSlope = (x: Value): Value => scale(equals(x, clip(x, -3, 3)), 1 / 6);

export const hardSigmoidOp = defineOp({
  name: 'hardSigmoid',
  infer: (types) => [typeAt(types, 0)],
  gradient: ({ inputs: [x] }, [d]) => [x && d ? mul(d, hardSigmoidSlope(x)) : null],
  reference: ([x]) => (x ? [mapTensor(x, hardSigmoidOf)] : []),
  emit: (emitter, _node, inputs) => [
    emitter.node('HardSigmoid', inputs, {
      attributes: { alpha: { float: 1 / 6 }, beta: { float: 0.5 } },
    }),
  ],
});

/**
 * out = relu6(x + 3)/6, in [0, 1]. At the kinks ±3 the inner one-sided derivative, 1/6, is taken.
 * @see Howard et al. 2019, MobileNetV3, arXiv:1905.02244 §5.2
 */
export const hardSigmoid = (x: Value): Value => apply(hardSigmoidOp, [x], {});
