/**
 * @file In a process of its own: optimizer steps on the tiny space, `train-steps.child <threads> <steps>`. Prints one JSON
 * line with the SHA-256 of all weights.
 */
import { createHash } from 'node:crypto';
import { probeLowerings } from '@sextant/engine';
import { BigNasTrainer } from '../src';
import { tinyFormat, tinyImages, tinySettings, tinySpace } from './tiny';

const [threads = 1, steps = 0] = process.argv.slice(2).map(Number);
const trainer = await BigNasTrainer.create({
  space: tinySpace,
  train: tinyImages(96),
  format: tinyFormat,
  settings: { ...tinySettings, epochs: 40 },
  seed: 3,
  threads,
  lowerings: await probeLowerings(),
});
while (trainer.state.step < steps) await trainer.step();
const { step, vectors } = trainer.state;
await trainer.release();
console.log(
  JSON.stringify({ step, sha256: createHash('sha256').update(vectors.theta).digest('hex') }),
);
