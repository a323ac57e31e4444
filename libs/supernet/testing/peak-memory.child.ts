/**
 * @file In a process of its own: what a run takes at most, predicted and measured (VmHWM). `peak-memory.child <space>
 * <batch> <probed | portable>` trains 12 steps and evaluates the largest child. Prints one JSON line.
 */
import { rng } from '@sextant/common';
import { portableLowerings, probeLowerings } from '@sextant/engine';
import { maxArchitecture } from '@sextant/search-space';
import { BigNasTrainer, calibrate, exportModel, predict, supernetMethods } from '../src';
import { memoryCases, type MemoryCase } from './memory-cases';
import { tinySettings } from './tiny';

const [name = '', batch = '', lowering = ''] = process.argv.slice(2);
const { space, format } = memoryCases[name as MemoryCase];
const lowerings = lowering === 'portable' ? portableLowerings : await probeLowerings();
const settings = { ...tinySettings, batchSize: Number(batch), randomSubnets: 2, epochs: 100 };
const predictedBytes = supernetMethods['big-nas'].predictPeakBytes({
  space,
  format,
  settings,
  lowerings,
});

const draw = rng(1, 'peak-memory');
const count = 256;
const pixels = format.channels * format.height * format.width;
const train = {
  count,
  images: Uint8Array.from({ length: count * pixels }, () => draw.int(256)),
  labels: Uint8Array.from({ length: count }, () => draw.int(space.classes)),
};
const trainer = await BigNasTrainer.create({
  space,
  train,
  format,
  settings,
  seed: 1,
  threads: 1,
  lowerings,
});
while (trainer.state.step < 12) await trainer.step();
await trainer.release();
const { layout, state } = trainer;
const child = { space, architecture: maxArchitecture(space), layout, theta: state.vectors.theta };
const statistics = await calibrate(child, train, format, count, 1);
await predict(exportModel(child, format, statistics, {}), train, format, 1);
const measuredBytes = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ name, batch, lowering, predictedBytes, measuredBytes }));
