/** @file Every method that trains a supernet of a search space, by the name a request gives it. */
import { bigNas } from './big-nas';

export const supernetMethods = { 'big-nas': bigNas } as const;

export type SupernetMethodName = keyof typeof supernetMethods;
