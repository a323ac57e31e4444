/**
 * @file In a process of its own: what a run takes at most, predicted and measured (VmHWM). `peak-memory.child <space>
 * <batch> <probed | portable> [method] [paths]` trains a few steps, ProxylessNAS to its end, and evaluates the largest child.
 * Prints one JSON line.
 */
import { rng } from '@sextant/common';
import { proxylessNasPresets, shiftNasPresets } from '@sextant/contracts';
import { portableLowerings, probeLowerings } from '@sextant/engine';
import {
  familyOf,
  predict,
  supernetMethods,
  type AnyArchitecture,
  type AnySpace,
  type SupernetMethod,
} from '../src';
import { memoryCases, type MemoryCase } from './memory-cases';
import { tinySettings } from './tiny';

const [name = '', batch = '', lowering = '', methodName = 'big-nas', paths = 'two'] =
  process.argv.slice(2);
const { space, format } = memoryCases[name as MemoryCase];
const lowerings = lowering === 'portable' ? portableLowerings : await probeLowerings();
const batchSize = Number(batch);
const settings = {
  'big-nas': { ...tinySettings, batchSize, randomSubnets: 2, epochs: 100 },
  'shift-nas': {
    ...shiftNasPresets.cpu,
    ...{ batchSize, epochs: 100, generatorWarmUpSteps: 25, shiftAfter: 0, shiftEvery: 2 },
  },
  'proxyless-nas': {
    ...proxylessNasPresets.cpu,
    ...{ batchSize, paths, warmUpEpochs: 0.5, searchEpochs: 2, trainingEpochs: 0.5 },
  },
}[methodName];
const method = supernetMethods[methodName as keyof typeof supernetMethods] as SupernetMethod<
  unknown,
  AnySpace,
  AnyArchitecture
>;
const predictedBytes = method.predictPeakBytes({ space, format, settings, lowerings });

const draw = rng(1, 'peak-memory');
const count = 512;
const pixels = format.channels * format.height * format.width;
const train = {
  count,
  images: Uint8Array.from({ length: count * pixels }, () => draw.int(256)),
  labels: Uint8Array.from({ length: count }, () => draw.int(space.classes)),
};
const trainer = await method.create({
  space,
  train,
  format,
  settings,
  seed: 1,
  threads: 1,
  lowerings,
});
const steps = methodName === 'proxyless-nas' ? Infinity : 13;
while (trainer.state.step < steps && !trainer.isFinished) await trainer.step();
await trainer.release();
const family = familyOf(space);
const exported = await family.exportChild({
  architecture: family.largest,
  theta: trainer.state.vectors.theta,
  format,
  calibration: { set: train, images: 256 },
  threads: 1,
});
await predict(exported({}), train, format, 1);
const measuredBytes = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ name, batch, lowering, methodName, predictedBytes, measuredBytes }));
