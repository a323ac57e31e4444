/** @file Predicted memory against what a process really took: never less, and not so much more that it says nothing. */
import path from 'node:path';
import { bundleChild, runChild } from '@sextant/common/testing';
import { describe, expect, it } from 'vitest';

const file = path.join(import.meta.dirname, '../../../testing/task-search-memory.child.ts');

describe('predictMultiTaskBytes', () => {
  it('bounds what a search for three tasks takes, within 3 times', async () => {
    const program = await bundleChild(file);
    const { predictedBytes, measuredBytes } = await runChild<{
      readonly predictedBytes: number;
      readonly measuredBytes: number;
    }>(program, ['32']);
    expect(predictedBytes).toBeGreaterThanOrEqual(measuredBytes);
    expect(predictedBytes).toBeLessThanOrEqual(3 * measuredBytes);
  });
});
