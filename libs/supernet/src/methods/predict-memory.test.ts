/** @file Predicted memory against what processes really took: never less, and not so much more that it says nothing. */
import path from 'node:path';
import { bundleChild, runChild } from '@sextant/common/testing';
import { portableLowerings } from '@sextant/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { memoryCases, tinySettings } from '../../testing';
import { predictPeakBytes } from './big-nas/predict-memory';

let program: string;
beforeAll(async () => {
  program = await bundleChild(path.join(import.meta.dirname, '../../testing/peak-memory.child.ts'));
});

describe('predictPeakBytes', () => {
  it.each([
    ['big-nas', 'fashionMnist', 64, 2.5],
    ['big-nas', 'mbNet', 64, 2.5],
    ['big-nas', 'fixed', 32, 2.5],
    ['shift-nas', 'mbNet', 64, 2.5],
    ['shift-nas', 'transformer', 64, 2.5],
    ['proxyless-nas', 'paths', 64, 2.5, 'two'],
    ['proxyless-nas', 'paths', 64, 3, 'full'],
  ] as const)(
    'bounds what %s of %s takes at batch %i, within %d times',
    async (method, name, batch, factor, paths = 'two') => {
      const { predictedBytes, measuredBytes } = await runChild<{
        readonly predictedBytes: number;
        readonly measuredBytes: number;
      }>(program, [name, String(batch), 'probed', method, paths]);
      expect(predictedBytes).toBeGreaterThanOrEqual(measuredBytes);
      expect(predictedBytes).toBeLessThanOrEqual(factor * measuredBytes);
    },
    120_000,
  );

  it('grows with the batch, and with the largest network alone', () => {
    const { space, format } = memoryCases.mbNet;
    const predicted = (batchSize: number, of = space): number => {
      const settings = { ...tinySettings, batchSize };
      return predictPeakBytes({ space: of, format, settings, lowerings: portableLowerings });
    };
    expect(predicted(128)).toBeGreaterThan(1.5 * predicted(64));
    const fewer = { ...space, resolution: space.resolution.slice(-1) };
    expect(predicted(64, fewer)).toBeGreaterThan(0.85 * predicted(64));
    const smaller = { ...space, resolution: space.resolution.slice(0, 1) };
    expect(predicted(64, smaller)).toBeLessThan(0.7 * predicted(64));
  });
});
