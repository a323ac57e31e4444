/** @file Every method that trains a supernet of a search space, by the name a request gives it. */
import type { SupernetMethodName } from '@sextant/contracts';
import { bigNas } from './big-nas';
import { proxylessNas } from './proxyless-nas';
import { shiftNas } from './shift-nas';

export const supernetMethods = {
  'big-nas': bigNas,
  'shift-nas': shiftNas,
  'proxyless-nas': proxylessNas,
} as const satisfies Record<SupernetMethodName, unknown>;
