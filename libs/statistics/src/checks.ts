/** @file What every statistic asks of its numbers, with the values in the message. */
import { InsufficientDataError, NonFiniteError, ShapeError } from '@sextant/common';

/** @throws {ShapeError} the two differ in length */
export function requireSameLength(what: string, left: number, right: number): void {
  if (left !== right) throw new ShapeError(`${what}: ${left} against ${right} values`);
}

/** @throws {InsufficientDataError} there are fewer than `least` */
export function requireCount(what: string, count: number, least: number): void {
  if (!(count >= least))
    throw new InsufficientDataError(`${what} needs at least ${least} values, not ${count}`);
}

/** Infinities can be ranked, NaN cannot. @throws {NonFiniteError} a value is NaN */
export function requireOrdered(what: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++)
    if (Number.isNaN(values[i])) throw new NonFiniteError(`${what}: value ${i} is NaN`);
}

/** @throws {NonFiniteError} a value is NaN or infinite */
export function requireFinite(what: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i]))
      throw new NonFiniteError(`${what}: value ${i} is ${values[i]}`);
}
