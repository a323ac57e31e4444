/** @file A derived network's own statistics, its predictions, and how good they are. */
import { Session } from '@sextant/engine';
import type { Statistics } from '../../child-models';
import { calibrationBatch, type BeforeRun } from '../../evaluate-child';
import { gatherImages, type LabelledImages } from '../../image-batches';
import {
  calibrationModel,
  exportNetwork,
  predictionOutput,
  type DerivedNetwork,
} from './derived-models';
import type { BoundTask, Tensors } from './scene-task';

/** Scenes a run of a network that predicts: every pixel may have a number per class. */
export const predictionBatch = 64;

/** Images alone; tasks hold what is known of them. */
export type Images = Pick<LabelledImages, 'count' | 'images'>;

const goOn: BeforeRun = () => Promise.resolve();

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, at) => from + at);

async function withSession<T>(
  model: Uint8Array,
  threads: number,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await Session.create(model, {
    threads,
    optimization: 'all',
    allocation: 'asNeeded',
  });
  try {
    return await use(session);
  } finally {
    await session.release();
  }
}

const feed = (
  set: Images,
  indices: readonly number[],
  { format }: Pick<DerivedNetwork, 'format'>,
) => ({
  image: {
    data: gatherImages(set, indices, format.width),
    dims: [indices.length, format.channels, format.height, format.width],
  },
});

/**
 * Means of the batch statistics over the first ⌊images/128⌋ (at least one) batches of `set`, in order. A network trained
 * among others, whose blocks came and went, needs statistics of its own.
 */
export function calibrateNetwork(
  network: DerivedNetwork,
  set: Images,
  images: number,
  threads: number,
  beforeRun: BeforeRun = goOn,
): Promise<Statistics> {
  const batchSize = Math.min(calibrationBatch, set.count);
  const batches = Math.max(1, Math.floor(Math.min(images, set.count) / batchSize));
  return withSession(calibrationModel(network, batchSize), threads, async (session) => {
    const sums = new Map<string, Float32Array>();
    for (let batch = 0; batch < batches; batch++) {
      await beforeRun();
      const indices = range(batch * batchSize, (batch + 1) * batchSize);
      for (const [name, { data }] of Object.entries(
        await session.run(feed(set, indices, network)),
      )) {
        const sum = sums.get(name) ?? new Float32Array(data.length);
        sum.forEach((before, at) => (sum[at] = before + Number(data[at]) / batches));
        sums.set(name, sum);
      }
    }
    const layers = [...sums.keys()].flatMap((name) =>
      name.endsWith('.mean') ? [name.slice(0, -'.mean'.length)] : [],
    );
    return new Map(
      layers.map((layer) => [
        layer,
        {
          mean: sums.get(`${layer}.mean`) as Float32Array,
          variance: sums.get(`${layer}.variance`) as Float32Array,
        },
      ]),
    );
  });
}

/**
 * Results of every task for the images of `set` by a file that `exportNetwork` wrote, in batches handed to `each` in
 * order.
 */
export function predictBatches(
  model: Uint8Array,
  network: Pick<DerivedNetwork, 'format' | 'tasks'>,
  set: Images,
  threads: number,
  each: (results: Readonly<Record<string, Tensors>>) => void,
  beforeRun: BeforeRun = goOn,
): Promise<void> {
  return withSession(model, threads, async (session) => {
    for (let from = 0; from < set.count; from += predictionBatch) {
      await beforeRun();
      const indices = range(from, Math.min(set.count, from + predictionBatch));
      each(byTask(await session.run(feed(set, indices, network)), network));
    }
  });
}

/** Outputs `<task>.<name>` as names within each task. */
function byTask(
  results: Tensors,
  { tasks }: Pick<DerivedNetwork, 'tasks'>,
): Readonly<Record<string, Tensors>> {
  return Object.fromEntries(
    tasks.map(({ name: task }) => [
      task,
      Object.fromEntries(
        Object.entries(results).flatMap(([name, tensor]) => {
          const prefix = predictionOutput(task, '');
          return name.startsWith(prefix) ? [[name.slice(prefix.length), tensor] as const] : [];
        }),
      ),
    ]),
  );
}

/** Images that a network is tested on, with what is known of them. */
export interface Examination {
  readonly images: Images;
  readonly tasks: readonly BoundTask[];
}

/** Score of each task by name. Statistics come from `calibration`, never from the images it is tested on. */
export async function scoreNetwork(
  network: DerivedNetwork,
  { images, tasks }: Examination,
  calibration: { readonly set: Images; readonly images: number },
  threads: number,
  beforeRun: BeforeRun = goOn,
): Promise<Readonly<Record<string, number>>> {
  const statistics = await calibrateNetwork(
    network,
    calibration.set,
    calibration.images,
    threads,
    beforeRun,
  );
  const scorers = tasks.map((task) => ({ name: task.name, scorer: task.scorer() }));
  await predictBatches(
    exportNetwork(network, statistics),
    network,
    images,
    threads,
    (results) => scorers.forEach(({ name, scorer }) => scorer.add(results[name] ?? {})),
    beforeRun,
  );
  return Object.fromEntries(scorers.map(({ name, scorer }) => [name, scorer.finish()]));
}
