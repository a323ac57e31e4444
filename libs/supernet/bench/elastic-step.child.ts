/**
 * @file In a process of its own: passes (forward and backward) of five children of MBNet's space, elastic and static in
 * turn, and whole sandwich steps. Prints one JSON line.
 */
import { rng } from '@sextant/common';
import { bigNasPresets } from '@sextant/contracts';
import { portableLowerings, probeLowerings, Session, type Lowering } from '@sextant/engine';
import {
  macs,
  maxArchitecture,
  minArchitecture,
  networkShape,
  sample,
  type Architecture,
} from '@sextant/search-space';
import { cpuOf, median } from '@sextant/common/testing';
import { BigNasTrainer } from '../src';
import { architectureVector, initialWeights, parameterLayout } from '@sextant/networks';
import { trainModel } from '../src/train-graph';
import { mbNetSpace as space } from '../testing/mb-net-space';

const batch = 64;
const [warmUp, rounds] = [2, 9];
const format = {
  channels: 3,
  height: 32,
  width: 32,
  mean: [0.5, 0.5, 0.5],
  standardDeviation: [0.25, 0.25, 0.25],
};
const portable = portableLowerings.elastic;
const probed = await probeLowerings();

const layout = parameterLayout(space);
const theta = initialWeights(layout, rng(1, 'weights'));
const draw = rng(1, 'elastic-step');
const count = 256;
const train = {
  count,
  images: Uint8Array.from({ length: count * 3072 }, () => draw.int(256)),
  labels: Uint8Array.from({ length: count }, () => draw.int(space.classes)),
};
const targets = new Float32Array(batch * space.classes);
for (let n = 0; n < batch; n++) targets[n * space.classes + draw.int(space.classes)] = 1;

async function passOf(architecture: Architecture, isElastic: boolean, lowering: Lowering) {
  const options = isElastic ? { lowering } : { lowering, architecture };
  const model = trainModel(space, layout, format, batch, options);
  const session = await Session.create(model, { threads: 1, optimization: 'none' });
  const vector = architectureVector(space, architecture);
  const dims = [layout.total];
  const feeds = {
    image: { data: train.images.subarray(0, batch * 3072), dims: [batch, 3, 32, 32] },
    targets: { data: targets, dims: [batch, space.classes] },
    ...(isElastic ? { architecture: { data: vector, dims: [vector.length] } } : {}),
    theta: { data: theta, dims },
    gradientSum: { data: new Float32Array(layout.total), dims },
  };
  return { run: () => session.run(feeds), release: () => session.release() };
}

async function child(name: string, architecture: Architecture) {
  const passes = {
    elasticMs: await passOf(architecture, true, probed.elastic),
    staticMs: await passOf(architecture, false, probed.elastic),
    staticPortableMs: await passOf(architecture, false, portable),
    staticProbedMs: await passOf(architecture, false, probed.known),
  };
  const times: Record<string, number[]> = {
    elasticMs: [],
    staticMs: [],
    staticPortableMs: [],
    staticProbedMs: [],
  };
  for (let round = 0; round < warmUp + rounds; round++) {
    for (const [kind, pass] of Object.entries(passes)) {
      const ms = await cpuOf(pass.run);
      if (round >= warmUp) times[kind]?.push(ms);
    }
  }
  for (const pass of Object.values(passes)) await pass.release();
  const { stem, blocks, resolution } = networkShape(space, architecture);
  return {
    name,
    macs: macs(space, architecture),
    ...Object.fromEntries(Object.entries(times).map(([kind, ms]) => [kind, median(ms)])),
    network: {
      side: resolution,
      channels: 3,
      stem: [stem.outChannels, stem.stride],
      blocks: blocks.map((b) => [b.inChannels, b.midChannels, b.outChannels, b.kernel, b.stride]),
    },
  };
}

async function sandwichStep(): Promise<number> {
  const trainer = await BigNasTrainer.create({
    space,
    train,
    format,
    settings: { ...bigNasPresets.cpu, epochs: 10, horizontalFlip: false },
    seed: 1,
    threads: 1,
    lowerings: probed,
  });
  const ms: number[] = [];
  for (let step = 0; step < warmUp + rounds; step++) {
    const cpu = await cpuOf(() => trainer.step());
    if (step >= warmUp) ms.push(cpu);
  }
  await trainer.release();
  return ms.reduce((a, b) => a + b, 0) / ms.length;
}

const draws = rng(7, 'children');
const children = [
  await child('largest', maxArchitecture(space)),
  await child('random 1', sample(space, draws)),
  await child('random 2', sample(space, draws)),
  await child('random 3', sample(space, draws)),
  await child('smallest', minArchitecture(space)),
];
console.log(JSON.stringify({ children, sandwichMs: await sandwichStep() }));
