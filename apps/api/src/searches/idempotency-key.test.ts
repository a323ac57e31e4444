import { ValidationError } from '@sextant/common';
import { CreateSearch, parseAs } from '@sextant/contracts';
import { describe, expect, it } from 'vitest';
import { fingerprint, idempotencyKey } from './idempotency-key';

const print = (body: object) => fingerprint(parseAs(CreateSearch, body, 'the search'));
const body = { dataset: 'd', space: { a: 1, b: { c: [1, 2], d: 2 } } };

describe('fingerprint', () => {
  it('is one for every spelling of a request', () => {
    const reordered = { space: { b: { d: 2, c: [1, 2] }, a: 1 }, seed: 0, dataset: 'd' };
    expect(print(reordered)).toBe(print(body));
  });
  it.each([
    { ...body, seed: 1 },
    { ...body, space: { ...body.space, b: { c: [2, 1], d: 2 } } },
  ])('differs for %j', (other) => {
    expect(print(other)).not.toBe(print(body));
  });
});

describe('idempotencyKey', () => {
  it('may be absent', () => expect(idempotencyKey(undefined)).toBeUndefined());
  it.each(['', 'a b', 'ä', 'x'.repeat(256)])('refuses %j', (header) => {
    expect(() => idempotencyKey(header)).toThrow(ValidationError);
  });
});
