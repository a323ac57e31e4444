/**
 * @file In a process of its own: resident memory while one thing repeats, `life.child <steps | sessions> <space> <count>
 * [batch]`. A step is one optimizer step; a cycle of sessions creates, runs and releases those that one child's evaluation
 * needs: of its calibration and of its exported model. Prints one JSON line with the resident bytes at every tenth
 * repetition; garbage is collected before, where Node lets it (`--expose-gc`).
 */
import { rng } from '@sextant/common';
import { probeLowerings } from '@sextant/engine';
import { maxArchitecture, minArchitecture, sample } from '@sextant/search-space';
import { BigNasTrainer, calibrate, exportModel, predict } from '../src';
import { initialWeights, parameterLayout } from '@sextant/networks';
import { memoryCases, tinySettings, type MemoryCase } from '../testing';

const [what, name = '', count = '', batchSize = '64'] = process.argv.slice(2);
const { space, format } = memoryCases[name as Exclude<MemoryCase, 'transformer'>];
const draw = rng(1, 'life');
const images = 512;
const pixels = format.channels * format.height * format.width;
const train = {
  count: images,
  images: Uint8Array.from({ length: images * pixels }, () => draw.int(256)),
  labels: Uint8Array.from({ length: images }, () => draw.int(space.classes)),
};

async function stepper(): Promise<() => Promise<unknown>> {
  const settings = {
    ...tinySettings,
    batchSize: Number(batchSize),
    randomSubnets: 2,
    epochs: 1000,
  };
  const lowerings = await probeLowerings();
  const trainer = await BigNasTrainer.create({
    space,
    train,
    format,
    settings,
    seed: 1,
    threads: 1,
    lowerings,
  });
  return () => trainer.step();
}

function cycler(): () => Promise<unknown> {
  const layout = parameterLayout(space);
  const theta = initialWeights(layout, rng(1, 'weights'));
  // The same few children in turn, the largest among them: what is left over is not a larger child's.
  const architectures = [
    maxArchitecture(space),
    minArchitecture(space),
    sample(space, draw),
    sample(space, draw),
  ];
  let cycle = 0;
  return async () => {
    const architecture = architectures[cycle++ % architectures.length] ?? maxArchitecture(space);
    const child = { space, architecture, layout, theta };
    const statistics = await calibrate(child, train, format, images, 1);
    await predict(exportModel(child, format, statistics, {}), train, format, 1);
  };
}

const once = what === 'steps' ? await stepper() : cycler();
/** Repetitions from one sample to the next. */
const sampleEvery = 10;
const resident: number[] = [];
for (let at = 0; at < Number(count); at++) {
  await once();
  if (at % sampleEvery !== 0) continue;
  globalThis.gc?.();
  resident.push(process.memoryUsage.rss());
}
console.log(JSON.stringify({ resident }));
