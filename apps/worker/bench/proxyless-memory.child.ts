/**
 * @file In a process of its own: peak resident memory of steps. `proxyless-memory.child <one | two | recompute | full> <seed>`
 * trains the largest network of a space alone, or searches the space with paths that are that network and others
 * beside it. Prints one JSON line.
 */
import { rng } from '@sextant/common';
import { bigNasPresets, proxylessNasPresets } from '@sextant/contracts';
import { probeLowerings } from '@sextant/engine';
import { maxArchitecture, searchSpaces } from '@sextant/search-space';
import {
  ProxylessNasTrainer,
  searchEdges,
  StandAloneTrainer,
  type Trainer,
} from '@sextant/supernet';

const [mode = 'two', seed = '1'] = process.argv.slice(2);
const space = searchSpaces['proxyless-cifar10-v1'];
const batchSize = 64;
const steps = 8;
/** So much likelier than all others that hardly a path is drawn without it. */
const certain = 20;

const side = space.resolution[0] as number;
const square = { channels: space.input.channels, height: side, width: side };
const format = { ...square, mean: [0.5, 0.5, 0.5], standardDeviation: [0.25, 0.25, 0.25] };
const draw = rng(Number(seed), 'proxyless-memory');
/** A batch for weights and one for the architecture, so that every step but the first looks at gates. */
const count = 160;
const train = {
  count,
  images: Uint8Array.from({ length: count * square.channels * side * side }, () => draw.int(256)),
  labels: Uint8Array.from({ length: count }, (_, at) => at % space.classes),
};
const common = { space, train, format, seed: Number(seed), threads: 1 };
const input = { ...common, lowerings: await probeLowerings() };
const baseBytes = process.memoryUsage().rss;

async function alone(): Promise<Trainer> {
  const settings = { ...bigNasPresets.cpu, batchSize, epochs: 100 };
  return StandAloneTrainer.create({ ...input, settings, architecture: maxArchitecture(space) });
}

/** The search with the largest operation all but certain to run at every edge. */
async function searching(paths: 'two' | 'recompute' | 'full'): Promise<Trainer> {
  const settings = {
    ...proxylessNasPresets.cpu,
    ...{ batchSize, paths, warmUpEpochs: 0, searchEpochs: 100 },
    ...{ architectureFraction: 0.5, architectureEvery: 1 },
  };
  const fresh = await ProxylessNasTrainer.create({ ...input, settings });
  const { step, vectors } = fresh.state;
  await fresh.release();
  const alpha = searchEdges(space).flatMap(({ candidates }) => {
    const largest = candidates.findLastIndex((it) => it !== 'zero');
    return candidates.map((_, at) => (at === largest ? certain : 0));
  });
  const state = { step, vectors: { ...vectors, alpha: Float32Array.from(alpha) } };
  return ProxylessNasTrainer.create({ ...input, settings }, state);
}

const trainer = mode === 'one' ? await alone() : await searching(mode as 'two');
for (let step = 0; step < steps; step++) await trainer.step();
await trainer.release();
const peakBytes = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ mode, baseBytes, peakBytes }));
