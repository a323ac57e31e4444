/** @file Parsing at an edge: zod's issues become violations with JSON Pointers. */
import { ValidationError, type Violation } from '@sextant/common';
import type { z } from 'zod';

const escape = (key: PropertyKey): string =>
  String(key).replaceAll('~', '~0').replaceAll('/', '~1');

function violationsOf(issue: z.core.$ZodIssue): Violation[] {
  const pointer = issue.path.map((key) => `/${escape(key)}`).join('');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: `${pointer}/${escape(key)}`,
      message: 'unknown field',
    }));
  }
  return [{ pointer, message: issue.message }];
}

/**
 * `input` as the schema describes it, with defaults.
 * @throws {ValidationError} listing every violation; `what` names the input
 */
export function parseAs<S extends z.ZodType>(schema: S, input: unknown, what: string): z.infer<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const violations = result.error.issues.flatMap(violationsOf);
  const list = violations.map(({ pointer, message }) => `${pointer || '/'}: ${message}`).join('; ');
  throw new ValidationError(`${what} is not valid: ${list}`, violations);
}
