import { expect, it } from 'vitest';
import { requestIdOf } from './request-id';

const idFor = (header?: string) => requestIdOf({ headers: { 'x-request-id': header } });
const uuid = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

it('takes the id of the caller', () => expect(idFor('trace-1.a_B')).toBe('trace-1.a_B'));
it.each([undefined, '', 'a b', 'a\nb', 'x'.repeat(65)])('makes one instead of %j', (header) => {
  expect(idFor(header)).toMatch(uuid);
});
