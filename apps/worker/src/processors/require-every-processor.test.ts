import { describe, expect, it } from 'vitest';
import { requireEveryProcessor } from './require-every-processor';

describe('requireEveryProcessor', () => {
  it('accepts one processor for each queue', () => {
    expect(() => requireEveryProcessor(['a', 'b'], ['b', 'a'])).not.toThrow();
  });
  it.each([
    [['a'], [], 'queue a has 0 processors'],
    [['a'], ['a', 'a'], 'queue a has 2 processors'],
    [['a'], ['a', 'b'], 'queue b is unknown'],
  ])('%j against %j: %s', (queues, processed, message) => {
    expect(() => requireEveryProcessor(queues, processed)).toThrow(message);
  });
});
