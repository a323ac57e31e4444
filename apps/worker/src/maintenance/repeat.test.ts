import { expect, it, vi } from 'vitest';
import { repeat } from './repeat';

it('goes on after a failure, and not after stop', async () => {
  const onError = vi.fn();
  const task = vi.fn(() =>
    task.mock.calls.length === 1 ? Promise.reject(new TypeError('once')) : Promise.resolve(),
  );
  const repeating = repeat(task, 1, onError);
  await vi.waitFor(() => expect(task.mock.calls.length).toBeGreaterThan(2));
  await repeating.stop();
  const { length } = task.mock.calls;
  expect(onError).toHaveBeenCalledExactlyOnceWith(expect.any(TypeError));
  await new Promise((resolve) => setImmediate(resolve));
  expect(task.mock.calls.length).toBe(length);
});

it('waits for the running task on stop', async () => {
  let release = (): void => undefined;
  const task = vi.fn(() => new Promise<void>((resolve) => (release = resolve)));
  const repeating = repeat(task, 1, vi.fn());
  const stopped = vi.fn();
  const stopping = repeating.stop().then(stopped);
  await Promise.resolve();
  expect(stopped).not.toHaveBeenCalled();
  release();
  await stopping;
  expect(task).toHaveBeenCalledTimes(1);
});
