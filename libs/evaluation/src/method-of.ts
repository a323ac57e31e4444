/** @file The method of a search, whichever kind of space it takes. */
import type { SupernetMethodName } from '@sextant/contracts';
import {
  supernetMethods,
  type AnyArchitecture,
  type AnySpace,
  type SupernetMethod,
} from '@sextant/supernet';

/** Of a search that `requireRunnable` let through: its options are the method's, its space one that the method takes. */
export const methodOf = (
  name: SupernetMethodName,
): SupernetMethod<unknown, AnySpace, AnyArchitecture> => supernetMethods[name];
