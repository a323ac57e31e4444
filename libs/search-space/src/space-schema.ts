/** @file What the schemas of all kinds of spaces share. */
import { InvalidSearchSpaceError, type Violation } from '@sextant/common';
import { z } from 'zod';

/** Values of one choice: distinct and ascending, so that index 0 is the smallest network. */
export const values = (item: z.ZodNumber, limit = 16) =>
  z
    .array(item)
    .min(1)
    .max(limit)
    .refine((list) => list.every((value, at) => at === 0 || value > (list[at - 1] as number)), {
      message: 'values must be distinct and ascending',
    });

const toPointer = (path: readonly PropertyKey[]): string =>
  path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

const violationsOf = (issue: z.core.$ZodIssue): Violation[] =>
  issue.code === 'unrecognized_keys'
    ? issue.keys.map((key) => ({
        pointer: toPointer([...issue.path, key]),
        message: 'unknown field',
      }))
    : [{ pointer: toPointer(issue.path), message: issue.message }];

/**
 * The space in `json`, with defaults filled in.
 * @throws {InvalidSearchSpaceError} listing every violation with its JSON Pointer
 */
export function parsedSpace<T>(schema: z.ZodType<T>, json: unknown): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const violations = result.error.issues.flatMap(violationsOf);
  const [first] = violations;
  throw new InvalidSearchSpaceError(
    `the search space has ${violations.length} error(s), first at ${first?.pointer || 'the root'}: ${first?.message}`,
    violations,
  );
}
