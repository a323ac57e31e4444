import { rng } from '@sextant/common';
import { portableLowerings, writeModel, Session } from '@sextant/engine';
import { evaluate } from '@sextant/engine/testing';
import { describe, expect, it } from 'vitest';
import { smallCells, twoLayers } from '../../../testing';
import { assemble } from '../network/assemble';
import { describeFamily } from '../network/describe-network';
import { frameworkDefault, initialTensors } from '../network/initial-weights';
import { synflow } from '../proxies/synflow';
import type { Subject } from '../network/assemble';
import { flowGraph, flowPass } from './flow-pass';
import type { PassContext } from './pass';
import { flattenAll, gradient, sumAll } from '@sextant/engine';

const subjectOf = <A>(family: Subject<A>['family'], architecture: A): Subject<A> => ({
  family,
  architecture,
  description: describeFamily(family, architecture),
});

const contextWith = (theta: Float32Array): PassContext => ({
  runtime: { threads: 1, lowering: portableLowerings.known },
  batch: () => expect.fail('synflow reads no data'),
  theta: () => theta,
  rng: () => expect.fail('synflow draws nothing'),
});

async function flowOf<A>(subject: Subject<A>, architecture: A, theta: Float32Array) {
  const collector = await flowPass.open(subject, new Set(['flow'] as const), contextWith(theta));
  const layers = subject.description.layers.filter(({ name }) =>
    subject.family.has(architecture, `${name}.weight`),
  );
  const { flow } = await collector.collect(architecture, layers);
  await collector.release();
  return flow!;
}

describe('synaptic flow', () => {
  it('of two layers is the worked example, whatever the signs of the weights', async () => {
    const subject = subjectOf(twoLayers, null);
    for (const theta of [
      [1, -2, 3, 0.5, -1, 2],
      [1, 2, -3, 0.5, 1, -2],
    ]) {
      const flow = await flowOf(subject, null, Float32Array.from(theta));
      const { score, nodes } = synflow.evaluate({ flow });
      expect(score).toBeCloseTo(Math.log(20), 6);
      expect([...nodes!]).toEqual([2.5, 5]);
    }
  });

  it('does not change when one layer is scaled up and the next down', async () => {
    const subject = subjectOf(twoLayers, null);
    const plain = await flowOf(subject, null, Float32Array.of(1, 2, 3, 0.5, 1, 2));
    const scaled = await flowOf(subject, null, Float32Array.of(8, 16, 24, 4, 0.125, 0.25));
    expect(synflow.evaluate({ flow: scaled }).score).toBeCloseTo(
      synflow.evaluate({ flow: plain }).score,
      6,
    );
  });

  const cell = [2, 3, 1, 4, 3, 2];
  const subject = subjectOf(smallCells, cell);
  const theta = initialTensors(subject.description, frameworkDefault, rng(3));

  it('in units of blocks is what float64 finds without them', async () => {
    const { graph, logits, weights } = assemble(subject, {
      batchSize: 1,
      instruments: () => ({ norm: 'bypassed' }),
    });
    graph.output('gradients', flattenAll(gradient(sumAll(logits), weights)));
    const truth = evaluate(graph, {
      images: { dims: [1, 3, 8, 8], data: new Float64Array(192).fill(1) },
      architecture: { dims: [6], data: Float64Array.from(cell) },
      theta: { dims: [theta.length], data: Float64Array.from(theta, Math.abs) },
    })['gradients']!.data;
    let at = 0;
    let total = 0;
    for (const { offset, size } of subject.description.layers) {
      for (let i = 0; i < size; i++) total += Math.abs(theta[offset + i]!) * truth[at++]!;
    }
    const flow = await flowOf(subject, cell, theta);
    expect(flow.logUnit).not.toBe(0);
    expect(synflow.evaluate({ flow }).score).toBeCloseTo(Math.log(total), 5);
  });

  it('grows by the factor of every weight, to the power of the depth, beyond what float32 holds', async () => {
    const chain = [0, 0, 0, 3, 0, 0]; // One convolution a cell: 1 stem, 3 cells, 2·2 of reductions, classifier on the long path.
    const before = await flowOf(subject, chain, theta);
    const after = await flowOf(
      subject,
      chain,
      theta.map((weight) => 1e6 * weight),
    );
    const growth =
      synflow.evaluate({ flow: after }).score - synflow.evaluate({ flow: before }).score;
    expect(growth).toBeGreaterThan(8.5 * Math.log(1e6));
    expect(growth).toBeLessThan(9.5 * Math.log(1e6));
    expect(synflow.evaluate({ flow: after }).score).toBeGreaterThan(Math.log(3.4e38));
  });

  it('is written as a model that reads no labels', async () => {
    const model = writeModel(flowGraph(subject), { lowering: portableLowerings.known });
    const session = await Session.create(model, { threads: 1, optimization: 'none' });
    expect([...session.inputNames].sort()).toEqual(['architecture', 'images', 'theta']);
    await session.release();
  });
});
