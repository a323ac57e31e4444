/** @file The gradient of an operand that may be a scalar beside a tensor. */
import type { Value } from '../graph/value';
import { sumAll } from './sum';

/** Σ of the gradient where `operand` is a scalar repeated over it; else the gradient itself. */
export const toOperand = (operand: Value, gradient: Value): Value =>
  operand.type.dims.length === 0 && gradient.type.dims.length > 0 ? sumAll(gradient) : gradient;
