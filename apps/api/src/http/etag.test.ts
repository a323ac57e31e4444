import { describe, expect, it } from 'vitest';
import { etagOf, isCurrent } from './etag';

describe('isCurrent', () => {
  it.each([
    [undefined, false],
    ['"b"', false],
    ['"a"', true],
    ['W/"a"', true],
    ['"b", "a"', true],
    ['*', true],
    ['a', false],
  ])('%s against "a": %s', (header, expected) => {
    expect(isCurrent(header, '"a"')).toBe(expected);
  });
});

describe('etagOf', () => {
  it('is quoted, strong, and differs where the content does', () => {
    expect(etagOf('{}')).toMatch(/^"[\w-]{43}"$/);
    expect(etagOf('{}')).not.toBe(etagOf('[]'));
  });
});
