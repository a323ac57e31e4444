import { expect, it } from 'vitest';
import { ComputeSlots } from './compute-slots';

function deferred() {
  let [resolve, reject] = [(): void => undefined, (_: Error): void => undefined];
  const promise = new Promise<void>((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
}

it('lets no more in than there are slots, in the order they came, and says when it is full', async () => {
  const slots = new ComputeSlots(2);
  const told: boolean[] = [];
  slots.watch((isFull) => told.push(isFull));
  const ends = [deferred(), deferred(), deferred(), deferred()];
  const begun: number[] = [];
  const all = ends.map(({ promise }, at) =>
    slots.within(() => {
      begun.push(at);
      return promise;
    }),
  );
  await Promise.resolve();
  expect([begun, told]).toEqual([[0, 1], [true]]);
  ends[1]!.resolve();
  await all[1];
  await Promise.resolve();
  expect([begun, told]).toEqual([[0, 1, 2], [true]]);
  ends[2]!.reject(new TypeError('no'));
  await expect(all[2]).rejects.toThrow('no');
  ends[0]!.resolve();
  ends[3]!.resolve();
  await Promise.all([all[0], all[3]]);
  expect([begun, told]).toEqual([
    [0, 1, 2, 3],
    [true, false],
  ]);
});
