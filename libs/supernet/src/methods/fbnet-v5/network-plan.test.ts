import { rng, ShapeError, ValidationError } from '@sextant/common';
import { probeLowerings, Session, type Lowerings } from '@sextant/engine';
import { initialWeights, type ParameterLayout } from '@sextant/networks';
import {
  allPaths,
  fullTopology,
  pruneTopology,
  sampleTopology,
  topologyUnits,
  type Topology,
} from '@sextant/search-space';
import { describe, expect, it } from 'vitest';
import {
  boundTinyTasks,
  tinySceneFormat as format,
  tinyScenes,
  tinyTopologySpace as space,
} from '../../../testing';
import { exportNetwork, readsOf } from './derived-models';
import { batchFeeds, runPass } from './run-pass';
import { calibrateNetwork, predictBatches } from './evaluate-network';
import { planLayout } from './network-plan';
import { passModel } from './pass';

const scenes = tinyScenes(16);
const bound = boundTinyTasks(scenes);
const tasks = Object.values(bound);
const plan = { space, format, tasks };
const layout = planLayout(plan);
const lowerings: Lowerings = await probeLowerings();
/** Scales that start at 0 would hide what blocks and edges do. */
const theta = initialWeights(layout, rng(1, 'weights')).map((value, at) =>
  value === 0 ? Math.sin(at) / 4 : value,
);
const batch = batchFeeds(scenes.images, tasks, format, [...Array(16).keys()]);
const taskWeights = [0.5, 2, 1];

async function pass(
  topology: Topology,
  how: 'elastic' | 'known' | 'portable',
  withGradients = true,
) {
  const isKnown = how === 'known';
  const shape = { layout, batchSize: 16, withGradients, ...(isKnown ? { topology } : {}) };
  const lowering =
    how === 'portable' ? ({ featureOrder: 'NCHW', blockChannels: null } as const) : lowerings.known;
  const session = await Session.create(passModel(plan, shape, lowering), {
    threads: 1,
    optimization: 'none',
  });
  try {
    return await runPass(session, {
      theta,
      batch,
      ...(isKnown ? {} : { topology }),
      ...(withGradients ? { taskWeights } : {}),
    });
  } finally {
    await session.release();
  }
}

const largest = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** Gradients of the tensors under `prefix`. */
const under = (gradients: Float32Array, prefix: string, of: ParameterLayout = layout): number[] =>
  of.parameters.flatMap(({ name, offset, size }) =>
    name.startsWith(prefix) ? [...gradients.subarray(offset, offset + size)] : [],
  );

describe('a pass of any network', () => {
  const draws = [0.3, 0.7].map((keep, at) => sampleTopology(space, keep, rng(at, 'topologies')));

  it.each([fullTopology(space), ...draws])(
    'is that of the network built alone, losses and gradients alike',
    async (...bits) => {
      const topology = bits as Topology;
      const [elastic, known, portable] = [
        await pass(topology, 'elastic'),
        await pass(topology, 'known'),
        await pass(topology, 'portable'),
      ];
      const scale = largest(known.gradients ?? []);
      for (const other of [elastic, portable]) {
        other.losses.forEach((loss, t) =>
          expect(Math.abs(loss / (known.losses[t] as number) - 1)).toBeLessThan(1e-4),
        );
        other.gradients?.forEach((value, at) =>
          expect(Math.abs(value - (known.gradients?.[at] as number))).toBeLessThan(2e-3 * scale),
        );
      }
      const forward = await pass(topology, 'elastic', false);
      expect(forward.losses).toEqual(elastic.losses);
    },
  );

  it('has gradients of exactly 0 in what is left out, and others in what is kept', async () => {
    const [topology] = draws as [Topology];
    const { gradients } = await pass(topology, 'elastic');
    topologyUnits(space).forEach(({ name }, at) => {
      const most = largest(under(gradients as Float32Array, `${name}.`));
      if (topology[at] === 0) expect(most).toBe(0);
      else expect(most).toBeGreaterThan(0);
    });
  });

  it('weighs the tasks by an input', async () => {
    const { gradients } = await pass(fullTopology(space), 'elastic');
    // Central difference of 0.5·L₁ + 2·L₂ + 1·L₃ along the last biases of the heads.
    const names = ['heads.classification.bias', 'heads.segmentation.output.bias'];
    for (const [at, name] of names.entries()) {
      const { offset } = layout.byName.get(name) as { offset: number };
      const step = 1e-2;
      const before = theta[offset] as number;
      const lossAt = async (value: number): Promise<number> => {
        theta[offset] = value;
        const { losses } = await pass(fullTopology(space), 'elastic', false);
        theta[offset] = before;
        return losses[at] as number;
      };
      const difference = (await lossAt(before + step)) - (await lossAt(before - step));
      const slope = (difference / (2 * step)) * taskWeights[at]!;
      expect(gradients?.[offset] as number).toBeCloseTo(slope, 2);
    }
  });
});

describe('a network taken out of the supernet', () => {
  it('predicts what the supernet does with its statistics, whatever cannot reach its head', async () => {
    const task = bound.detection;
    const topology = sampleTopology(space, 0.6, rng(5));
    const results = async (of: Topology) => {
      const network = { space, format, tasks: [task], layout, theta, topology: of };
      const statistics = await calibrateNetwork(network, scenes.images, 16, 1);
      const scores: number[] = [];
      await predictBatches(exportNetwork(network, statistics), network, scenes.images, 1, (batch) =>
        scores.push(...(batch['detection']?.['scores']?.data as Float32Array)),
      );
      return scores;
    };
    const reads = readsOf({ tasks: [task] });
    expect(pruneTopology(space, topology, reads)).not.toEqual(topology);
    expect(await results(pruneTopology(space, topology, reads))).toEqual(await results(topology));
  });

  it('has the statistics of the batch where it is calibrated on the batch alone', async () => {
    const network = { ...plan, layout, theta, topology: fullTopology(space) };
    const statistics = await calibrateNetwork(network, scenes.images, 16, 1);
    let probabilities: Float32Array = new Float32Array(0);
    await predictBatches(exportNetwork(network, statistics), network, scenes.images, 1, (batch) => {
      probabilities = batch['classification']?.['probabilities']?.data as Float32Array;
    });
    const { data } = batch['classification.probabilities'] as { data: Float32Array };
    const loss = data.reduce(
      (sum, target, at) => sum - target * Math.log(probabilities[at] as number),
      0,
    );
    const { losses } = await pass(fullTopology(space), 'known');
    expect(loss / 16 / (losses[0] as number)).toBeCloseTo(1, 3);
  });
});

describe('planLayout', () => {
  it('refuses what does not fit', () => {
    expect(() => planLayout({ ...plan, format: { ...format, width: 40 } })).toThrow(ShapeError);
    expect(() => planLayout({ ...plan, format: { ...format, channels: 3 } })).toThrow(
      /takes 1 channels/,
    );
    expect(() => planLayout({ ...plan, tasks: [] })).toThrow(ValidationError);
    const twice = [bound.detection, bound.detection];
    expect(() => planLayout({ ...plan, tasks: twice })).toThrow(/names of their own/);
  });

  it('reads every path some head reads', () => {
    expect([...readsOf(plan)].sort()).toEqual([...allPaths]);
    expect(readsOf({ tasks: [bound.classification] })).toEqual([3]);
  });
});
