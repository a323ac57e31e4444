/** @file Piecewise quadratic swish. */
import type { Value } from '../graph/value';
import { add } from './add';
import { apply, defineOp } from './define-op';
import { hardSigmoid, hardSigmoidOf, hardSigmoidSlope } from './hard-sigmoid';
import { mul } from './mul';
import { unary } from './unary';

export const hardSwishOp = defineOp({
  name: 'hardSwish',
  ...unary('HardSwish', (x) => x * hardSigmoidOf(x)),
  gradient({ inputs: [x] }, [d]) {
    return [x && d ? mul(d, add(hardSigmoid(x), mul(x, hardSigmoidSlope(x)))) : null];
  },
});

/**
 * out = x·relu6(x + 3)/6. At the kinks ±3 the inner one-sided derivatives, −1/2 and 3/2, are taken.
 * @see Howard et al. 2019, MobileNetV3, arXiv:1905.02244 §5.2
 */
export const hardSwish = (x: Value): Value => apply(hardSwishOp, [x], {});
