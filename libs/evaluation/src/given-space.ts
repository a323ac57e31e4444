/** @file The space of a request, named or as data; what is wrong with it is told by pointers under /space. */
import { InvalidSearchSpaceError } from '@sextant/common';

/** @throws {InvalidSearchSpaceError} the data is no such space */
export function givenSpace<T>(parse: (json: unknown) => T, json: unknown): T {
  try {
    return parse(json);
  } catch (error) {
    if (!(error instanceof InvalidSearchSpaceError)) throw error;
    const violations = error.violations.map(({ pointer, message }) => ({
      pointer: `/space${pointer}`,
      message,
    }));
    throw new InvalidSearchSpaceError(error.message, violations, { cause: error });
  }
}

/** @throws {InvalidSearchSpaceError} always: none of `names` is asked for */
export function noSuchSpace(name: string, names: readonly string[], kind = 'search space'): never {
  const message = `no ${kind} is called ${name}; there are ${names.join(', ')}`;
  throw new InvalidSearchSpaceError(message, [{ pointer: '/space', message }]);
}
