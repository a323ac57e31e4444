/** @file What a method holds out of the training part for itself. */
import type { SearchBy, SupernetMethodName } from '@sextant/contracts';

/** Fraction of the training part that weights do not learn from while the method searches. */
export function heldByMethod({ method }: SearchBy<SupernetMethodName>): number {
  switch (method.name) {
    case 'big-nas':
      return 0;
    case 'shift-nas':
      return method.options.shiftFraction;
    case 'proxyless-nas':
      return method.options.architectureFraction;
  }
}
