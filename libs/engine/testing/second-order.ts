/** @file A gradient as a function to be checked in turn. */
import { gradient } from '../src/autodiff/gradient';
import type { Value } from '../src/graph/value';
import { mul } from '../src/ops/mul';
import { sumAll } from '../src/ops/sum';
import type { GradientCase } from './gradcheck';

/** ∂(½·|build(inputs)|²)/∂(first input): checking its gradient checks second derivatives. */
export const gradientOf =
  (build: GradientCase['build']): GradientCase['build'] =>
  (inputs) => {
    const y = build(inputs);
    const [first] = Object.values(inputs);
    return gradient(sumAll(mul(y, y)), [first as Value])[0] as Value;
  };
