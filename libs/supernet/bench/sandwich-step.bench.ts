/** @file One BigNAS step (largest, two random, smallest, update) on the Fashion-MNIST space, batch 64, by threads. */
import { rng } from '@sextant/common';
import { bigNasPresets } from '@sextant/contracts';
import { probeLowerings } from '@sextant/engine';
import { searchSpaces } from '@sextant/search-space';
import { BigNasTrainer } from '../src';

const warmUpSteps = 3;
const timedSteps = 20;

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] as number;

const random = rng(1, 'bench');
const count = 1024;
const train = {
  count,
  images: Uint8Array.from({ length: count * 784 }, () => random.int(256)),
  labels: Uint8Array.from({ length: count }, () => random.int(10)),
};

async function measure(threads: number) {
  const start = performance.now();
  const trainer = await BigNasTrainer.create({
    space: searchSpaces['mbconv-fashion-mnist-v1'],
    train,
    format: { channels: 1, height: 28, width: 28, mean: [0.287], standardDeviation: [0.354] },
    settings: { ...bigNasPresets.cpu, epochs: 10 },
    seed: 1,
    threads,
    lowerings: await probeLowerings(),
  });
  const createMs = performance.now() - start;
  const wallMs: number[] = [];
  const cpuMs: number[] = [];
  for (let step = 0; step < warmUpSteps + timedSteps; step++) {
    const [wall, cpu] = [performance.now(), process.cpuUsage()];
    await trainer.step();
    const used = process.cpuUsage(cpu);
    if (step < warmUpSteps) continue;
    wallMs.push(performance.now() - wall);
    cpuMs.push((used.user + used.system) / 1000);
  }
  await trainer.release();
  return { threads, createMs, stepWallMs: median(wallMs), stepCpuMs: median(cpuMs) };
}

/** Medians over 20 steps after 3; memory is the peak of the whole process. */
export async function run() {
  const runs = [await measure(1), await measure(2)];
  const [one, two] = runs as [(typeof runs)[0], (typeof runs)[0]];
  return {
    seed: 1,
    n: timedSteps,
    runs,
    speedup2Threads: one.stepWallMs / two.stepWallMs,
    peakRssMb: process.resourceUsage().maxRSS / 1024,
  };
}
