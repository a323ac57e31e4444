/** @file Times MBNet training steps in a process of its own, so that it can be pinned to one core. Prints one JSON line. */
import { rng } from '@sextant/common';
import { probeLowerings, Session, type Lowering } from '../src';
import { median } from '@sextant/common/testing';
import { initialTheta, mbNet, parameterCount, trainStepModel } from './mb-net';

const [threads = 1, steps = 20] = process.argv.slice(2, 4).map(Number);
const lowering: Lowering =
  process.argv[4] === 'portable'
    ? { featureOrder: 'CNHW', blockChannels: null }
    : (await probeLowerings()).known;
const batch = 64;
const warmUpSteps = 4;

const random = rng(1, 'bench');
const pixels = 3 * mbNet.resolution ** 2;
const image = {
  data: Uint8Array.from({ length: batch * pixels }, () => random.int(256)),
  dims: [batch, 3, mbNet.resolution, mbNet.resolution],
};
const targets = new Float32Array(batch * mbNet.classes);
for (let n = 0; n < batch; n++) targets[n * mbNet.classes + random.int(mbNet.classes)] = 1;

const created = performance.now();
const session = await Session.create(trainStepModel(batch, lowering), {
  threads,
  optimization: 'none',
});
const createMs = performance.now() - created;
let theta = initialTheta(1);
let velocity = new Float32Array(parameterCount);
const [wallMs, cpuMs, losses]: [number[], number[], number[]] = [[], [], []];
for (let step = 0; step < warmUpSteps + steps; step++) {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  const results = await session.run({
    image,
    targets: { data: targets, dims: [batch, mbNet.classes] },
    theta: { data: theta, dims: [parameterCount] },
    velocity: { data: velocity, dims: [parameterCount] },
    learningRate: { data: Float32Array.of(0.02), dims: [] },
  });
  theta = results['nextTheta']?.data as Float32Array<ArrayBuffer>;
  velocity = results['nextVelocity']?.data as Float32Array<ArrayBuffer>;
  const used = process.cpuUsage(cpu);
  losses.push(results['loss']?.data[0] as number);
  if (step < warmUpSteps) continue;
  wallMs.push(performance.now() - wall);
  cpuMs.push((used.user + used.system) / 1000);
}
await session.release();
console.log(
  JSON.stringify({
    lowering,
    createMs,
    wallMs: median(wallMs),
    cpuMs: median(cpuMs),
    firstLoss: losses[0],
    lastLoss: losses.at(-1),
    peakRssMb: process.resourceUsage().maxRSS / 1024,
  }),
);
