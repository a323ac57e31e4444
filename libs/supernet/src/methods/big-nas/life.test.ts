/** @file Memory stays flat while a supernet trains and while its children come and go; `npm run bench -- life` looks longer. */
import path from 'node:path';
import { steadyMemory } from '@sextant/common';
import { bundleChild, runChild } from '@sextant/common/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { growth } from '../../../testing';

let program: string;
beforeAll(async () => {
  program = await bundleChild(path.join(import.meta.dirname, '../../../bench/life.child.ts'));
});

const residentOver = async (...args: readonly string[]): Promise<readonly number[]> => {
  const nodeOptions = [...steadyMemory.nodeOptions, '--expose-gc'];
  const options = { ...steadyMemory, nodeOptions };
  return (await runChild<{ readonly resident: readonly number[] }>(program, args, options))
    .resident;
};

/** Noise is 1 %; one vector of weights kept a step, or one session a cycle, is more than this. */
const limit = 0.02;

describe('resident memory, garbage collected', () => {
  it('does not grow over training steps', async () => {
    const resident = await residentOver('steps', 'tiny', '400', '16');
    expect(growth(resident, { from: 8, to: 14, end: 6 })).toBeLessThan(limit);
  });
  it('does not grow as sessions are created and released', async () => {
    const resident = await residentOver('sessions', 'tiny', '80');
    expect(growth(resident, { from: 2, to: 4, end: 2 })).toBeLessThan(limit);
  });
});
