/** @file Every method that trains a supernet of a search space, by the name a request gives it. */
import type { SupernetMethodName } from '@sextant/contracts';
import type { AnySpace } from '../families';
import { requireTrainable } from '../supported';
import { bigNas } from './big-nas';
import { proxylessNas } from './proxyless-nas';
import { requirePaths } from './proxyless-nas/edges';
import { shiftNas } from './shift-nas';

export const supernetMethods = {
  'big-nas': bigNas,
  'shift-nas': shiftNas,
  'proxyless-nas': proxylessNas,
} as const satisfies Record<SupernetMethodName, unknown>;

/** @throws {UnsupportedSearchSpaceError} the method cannot train a supernet of the space */
export function requireTrainableBy(method: SupernetMethodName, space: AnySpace): void {
  if (method === 'proxyless-nas') requirePaths(space);
  else requireTrainable(space, method);
}
