/** @file The same seed gives the same bits, whichever process computes them. */
import path from 'node:path';
import { bundleChild, runChild } from '@sextant/common/testing';
import { beforeAll, describe, expect, it } from 'vitest';

const steps = 200;
let program: string;
beforeAll(async () => {
  program = await bundleChild(
    path.join(import.meta.dirname, '../../../testing/train-steps.child.ts'),
  );
});

const train = (threads: number): Promise<{ readonly step: number; readonly sha256: string }> =>
  runChild(program, [String(threads), String(steps)]);

describe('weights after 200 steps', () => {
  // Both processes at once, so that their threads take turns in another order each time.
  it.each([1, 2])('are bit-identical in two processes of %i threads each', async (threads) => {
    const [first, second] = await Promise.all([train(threads), train(threads)]);
    expect(first.step).toBe(steps);
    expect(second).toEqual(first);
  });
});
