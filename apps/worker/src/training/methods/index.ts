/** @file Every method a worker can run; the API refuses a search by another one. */
import { ConfigurationError } from '@sextant/common';
import {
  isSearchBy,
  isSupernetSearch,
  type StartCommand,
  type SupernetMethodName,
} from '@sextant/contracts';
import { runTableSearch } from './benchmark';
import type { MethodOutcome, Parent, StartOf } from './method';
import { runSupernetSearch } from './supernet';
import { runScenesSearch } from './fbnet-v5';

/** @throws {ConfigurationError} this version has no such method */
export function runMethod(start: StartCommand, parent: Parent): Promise<MethodOutcome> {
  const { spec } = start;
  if (isSupernetSearch(spec)) {
    return runSupernetSearch(start as StartOf<SupernetMethodName>, parent);
  }
  if (isSearchBy(spec, 'fbnet-v5')) return runScenesSearch(start as StartOf<'fbnet-v5'>, parent);
  if (isSearchBy(spec, 'benchmark')) return runTableSearch(start as StartOf<'benchmark'>, parent);
  throw new ConfigurationError(`this process cannot run ${spec.method.name}`);
}
