import { describe, expect, it, vi } from 'vitest';
import { VersionedAnswers } from './versioned-answers';

const view = (value: unknown) => vi.fn(() => Promise.resolve(value));

describe('VersionedAnswers', () => {
  it('writes a body once for a version', async () => {
    const answers = new VersionedAnswers(100);
    const [first, second] = [view({ a: 1 }), view({ a: 2 })];
    const { etag } = await answers.of('front', 3, first);
    expect(await answers.of('front', 3, second)).toMatchObject({ body: '{"a":1}', etag });
    expect(second).not.toHaveBeenCalled();
    expect(await answers.of('front', 4, second)).toMatchObject({ body: '{"a":2}' });
  });

  it('tags a body by its bytes, so a new version of the same answer has the same tag', async () => {
    const answers = new VersionedAnswers(100);
    const { etag } = await answers.of('front', 3, view({}));
    expect((await answers.of('front', 4, view({}))).etag).toBe(etag);
  });

  it('writes once for all who ask at the same time', async () => {
    const answers = new VersionedAnswers(100);
    const write = view({});
    await Promise.all([1, 2, 3].map(() => answers.of('front', 1, write)));
    expect(write).toHaveBeenCalledTimes(1);
  });

  it('asks again after a failure', async () => {
    const answers = new VersionedAnswers(100);
    await expect(answers.of('a', 1, () => Promise.reject(new Error('gone')))).rejects.toThrow();
    expect(await answers.of('a', 1, view({}))).toMatchObject({ body: '{}' });
  });

  it('forgets what was not asked for longest', async () => {
    const answers = new VersionedAnswers(32);
    const isKept = async (name: string) => {
      const write = view('');
      await answers.of(name, 1, write);
      return write.mock.calls.length === 0;
    };
    await answers.of('a', 1, view('a'.repeat(8)));
    await answers.of('b', 1, view('b'.repeat(8)));
    await answers.of('a', 1, view(''));
    await answers.of('c', 1, view('c'.repeat(15)));
    expect([await isKept('a'), await isKept('c'), await isKept('b')]).toEqual([true, true, false]);
  });

  it('keeps nothing that is larger than all it may keep', async () => {
    const answers = new VersionedAnswers(5);
    const write = view('abcdef');
    await answers.of('a', 1, write);
    await answers.of('a', 1, write);
    expect(write).toHaveBeenCalledTimes(2);
  });
});
