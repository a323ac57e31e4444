import { rng } from '@sextant/common';
import { portableLowerings } from '@sextant/engine';
import { evaluate } from '@sextant/engine/testing';
import { describe, expect, it } from 'vitest';
import { separateCells, smallBatch } from '../../../testing';
import { describeFamily } from '../network/describe-network';
import { frameworkDefault, initialTensors } from '../network/initial-weights';
import { batchGraph } from './batch-pass';
import { curvaturePass } from './curvature-pass';
import { batchFeed, oneHot } from './feeds';

describe('the Hessian times the gradient', () => {
  it('is how the gradient changes along itself, in float64', async () => {
    const cell = [3, 0, 0, 1, 2, 0];
    const subject = {
      family: separateCells,
      architecture: cell,
      description: describeFamily(separateCells, cell),
    };
    const { layers } = subject.description;
    const theta = initialTensors(subject.description, frameworkDefault, rng(3));
    const batch = batchFeed(smallBatch(2, 'curvature'), separateCells.imageOf(cell));
    const { graph } = batchGraph(subject, 2, new Set(['gradients'] as const));
    const targets = oneHot(batch.labels, 4);
    const gradientAt = (parameters: Float64Array) =>
      evaluate(graph, {
        images: {
          dims: batch.images.dims,
          data: Float64Array.from(batch.images.data as Float32Array),
        },
        targets: { dims: targets.dims, data: Float64Array.from(targets.data as Float32Array) },
        theta: { dims: [parameters.length], data: parameters },
      })['gradients']!.data;

    const at = Float64Array.from(theta);
    const g = gradientAt(at);
    const norm = Math.hypot(...g);
    const moved = (by: number): Float64Array => {
      const parameters = at.slice();
      let from = 0;
      for (const { offset, size } of layers) {
        for (let i = 0; i < size; i++) parameters[offset + i]! += (by * g[from++]!) / norm;
      }
      return parameters;
    };
    const step = 1e-5;
    const [ahead, behind] = [gradientAt(moved(step)), gradientAt(moved(-step))];
    const expected = ahead.map((value, i) => ((value - behind[i]!) / (2 * step)) * norm);

    const collector = await curvaturePass.open(subject, new Set(['curvature'] as const), {
      runtime: { threads: 1, lowering: portableLowerings.known },
      batch: () => batch,
      theta: () => theta,
      rng: () => rng(1),
    });
    const { curvature } = await collector.collect(cell, layers);
    await collector.release();
    const actual = curvature!.flatMap(({ gradient }) => [...gradient]);
    const scale = Math.max(...expected.map(Math.abs));
    const worst = Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!) / scale));
    expect(worst).toBeLessThan(2e-3);
  });
});
