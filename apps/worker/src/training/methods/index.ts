/** @file Every method a worker can run; the API refuses a search by another one. */
import { ConfigurationError } from '@sextant/common';
import { isSearchBy, type StartCommand } from '@sextant/contracts';
import { runTableSearch } from './benchmark';
import { runBigNas } from './big-nas';
import type { MethodOutcome, Parent, StartOf } from './method';

/** @throws {ConfigurationError} this version has no such method */
export function runMethod(start: StartCommand, parent: Parent): Promise<MethodOutcome> {
  const { spec } = start;
  if (isSearchBy(spec, 'big-nas')) return runBigNas(start as StartOf<'big-nas'>, parent);
  if (isSearchBy(spec, 'benchmark')) return runTableSearch(start as StartOf<'benchmark'>, parent);
  throw new ConfigurationError(`this process cannot run ${spec.method.name}`);
}
