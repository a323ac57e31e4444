import { describe, expect, it } from 'vitest';
import { crashOf, type Exit } from './crash';

const exit = (how: Partial<Exit>): Exit => ({
  code: null,
  signal: null,
  peakBytes: 100 * 2 ** 20,
  overMemoryLimit: false,
  lastLines: '',
  ...how,
});

describe('crashOf', () => {
  it.each([
    ['over the limit', { signal: 'SIGKILL', overMemoryLimit: true }, 'out-of-memory', '100 MiB'],
    [
      'heap',
      { signal: 'SIGABRT', lastLines: 'JavaScript heap out of memory' },
      'out-of-memory',
      'heap',
    ],
    ['SIGKILL', { signal: 'SIGKILL' }, 'training-crashed', 'killed by SIGKILL'],
    ['SIGSEGV', { signal: 'SIGSEGV' }, 'training-crashed', 'native code'],
    ['exit code', { code: 3, lastLines: 'boom' }, 'training-crashed', 'exit code 3'],
    ['silent success', { code: 0 }, 'training-crashed', 'exit code 0'],
  ] as const)('%s', (_, how, code, words) => {
    const error = crashOf(exit(how));
    expect(error).toMatchObject({ code, permanent: false });
    expect(error.message).toContain(words);
  });

  it('repeats the last words of the process', () => {
    expect(crashOf(exit({ code: 1, lastLines: 'Cannot find module' })).message).toContain(
      'last words: Cannot find module',
    );
  });
});
