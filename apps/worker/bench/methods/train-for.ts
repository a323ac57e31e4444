/** @file Training for as many seconds of processor time as another training took. */
import { cpuOf } from '@sextant/common/testing';
import type { AnySpace, Trainer, TrainerInput, TrainingState } from '@sextant/supernet';

interface Epochs {
  readonly epochs: number;
}

/** Makes a trainer of given settings. */
export type Create<Settings> = (
  input: TrainerInput<Settings, AnySpace>,
) => Promise<Trainer<'theta'>>;

export interface Trained {
  readonly state: TrainingState<'theta'>;
  readonly cpuSeconds: number;
}

const pilotSteps = { warmUp: 5, timed: 40 };

export async function train<Settings>(
  create: Create<Settings>,
  input: TrainerInput<Settings, AnySpace>,
): Promise<Trained> {
  let state: TrainingState<'theta'> | undefined;
  const ms = await cpuOf(async () => {
    const trainer = await create(input);
    while (!trainer.isFinished) await trainer.step();
    await trainer.release();
    ({ state } = trainer);
  });
  return { state: state as TrainingState<'theta'>, cpuSeconds: ms / 1000 };
}

/**
 * Trains for about `cpuSeconds`: a pilot tells what a step takes, the learning rate falls over the steps that fit. The
 * first `fixedSteps` are as many whatever the number of epochs, and are paid for.
 */
export async function trainFor<Settings extends Epochs>(
  create: Create<Settings>,
  input: TrainerInput<Settings, AnySpace>,
  cpuSeconds: number,
  fixedSteps = 0,
): Promise<Trained> {
  let trainer: Trainer | undefined;
  const createdMs = await cpuOf(async () => {
    trainer = await create(input);
  });
  const { totalSteps, step, release } = bound(trainer as Trainer);
  const fixedMs = await cpuOf(async () => {
    for (let at = 0; at < fixedSteps; at++) await step();
  });
  for (let at = 0; at < pilotSteps.warmUp; at++) await step();
  const ms = await cpuOf(async () => {
    for (let at = 0; at < pilotSteps.timed; at++) await step();
  });
  await release();
  const perStep = ms / pilotSteps.timed;
  const steps = Math.max(1, (1000 * cpuSeconds - createdMs - fixedMs) / perStep);
  const epochs = (input.settings.epochs * steps) / (totalSteps - fixedSteps);
  return train(create, { ...input, settings: { ...input.settings, epochs } });
}

const bound = (trainer: Trainer) => ({
  totalSteps: trainer.totalSteps,
  step: () => trainer.step(),
  release: () => trainer.release(),
});
