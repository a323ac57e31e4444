/** @file In a process of its own: times from space to session. Prints one JSON line. */
import { median } from '@sextant/common/testing';
import { probeLowerings, Session } from '@sextant/engine';
import { maxArchitecture, searchSpaces, type SearchSpace } from '@sextant/search-space';
import { parameterLayout } from '@sextant/networks';
import { trainModel, type PassOptions } from '../src/train-graph';
import { mbNetSpace } from '../testing/mb-net-space';

const rounds = 7;
const batch = 64;
const lowerings = await probeLowerings();

async function timed<T>(
  work: () => T | Promise<T>,
): Promise<{ readonly ms: number; readonly result: T }> {
  const start = performance.now();
  const result = await work();
  return { ms: performance.now() - start, result };
}

async function created(graph: string, space: SearchSpace, side: number, options: PassOptions) {
  const { channels } = space.input;
  const all = (value: number): number[] => Array.from({ length: channels }, () => value);
  const format = {
    channels,
    height: side,
    width: side,
    mean: all(0.5),
    standardDeviation: all(0.25),
  };
  const layout = parameterLayout(space);
  const [write, create, optimised]: [number[], number[], number[]] = [[], [], []];
  let modelBytes = 0;
  for (let round = 0; round <= rounds; round++) {
    const model = await timed(() => trainModel(space, layout, format, batch, options));
    modelBytes = model.result.length;
    const none = await timed(() =>
      Session.create(model.result, { threads: 1, optimization: 'none' }),
    );
    await none.result.release();
    const full = await timed(() =>
      Session.create(model.result, { threads: 1, optimization: 'all' }),
    );
    await full.result.release();
    if (round === 0) continue;
    write.push(model.ms);
    create.push(none.ms);
    optimised.push(full.ms);
  }
  return {
    graph,
    modelBytes,
    writeMs: median(write),
    createMs: median(create),
    createOptimisedMs: median(optimised),
  };
}

const demo = searchSpaces['mbconv-fashion-mnist-v1'];
const one = (space: SearchSpace): PassOptions => ({
  lowering: lowerings.known,
  architecture: maxArchitecture(space),
});
console.log(
  JSON.stringify({
    n: rounds,
    created: [
      await created('demo space, every child', demo, 28, { lowering: lowerings.elastic }),
      await created('demo space, largest child', demo, 28, one(demo)),
      await created('MBNet space, every child', mbNetSpace, 32, { lowering: lowerings.elastic }),
      await created('MBNet', mbNetSpace, 32, one(mbNetSpace)),
    ],
  }),
);
