/** @file Trainings of equal cost in processor time. */
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

/** What a training costs, CPU ms. */
export interface Pace {
  /** Making it ready, and its first steps where those are as many whatever the number of epochs. */
  readonly fixedMs: number;
  readonly stepMs: number;
}

export interface Pilot<Settings> {
  readonly create: Create<Settings>;
  readonly input: TrainerInput<Settings, AnySpace>;
  readonly fixedSteps?: number;
}

const turns = 16;
const stepsOfTurn = 12;

/** Costs of trainings that are to be compared; they take turns, so that whatever else the machine does slows all alike. */
export async function pacesOf(
  trainings: readonly { readonly start: () => Promise<Trainer>; readonly fixedSteps?: number }[],
): Promise<readonly Pace[]> {
  const started = [];
  for (const { start, fixedSteps = 0 } of trainings) {
    let made: Trainer | undefined;
    const fixedMs = await cpuOf(async () => {
      made = await start();
      for (let at = 0; at < fixedSteps; at++) await made.step();
    });
    started.push({ trainer: made as Trainer, fixedMs, ms: 0 });
  }
  // The first turn makes what is made at first use, and is not counted.
  for (let turn = 0; turn <= turns; turn++) {
    for (const it of started) {
      const ms = await cpuOf(async () => {
        for (let at = 0; at < stepsOfTurn; at++) await it.trainer.step();
      });
      if (turn > 0) it.ms += ms;
    }
  }
  for (const { trainer } of started) await trainer.release();
  return started.map(({ fixedMs, ms }) => ({ fixedMs, stepMs: ms / (turns * stepsOfTurn) }));
}

/** Trains for as many steps as `cpuSeconds` allow at that pace; the learning rate falls over them. */
export async function trainFor<Settings extends Epochs>(
  { create, input, fixedSteps = 0 }: Pilot<Settings>,
  cpuSeconds: number,
  { fixedMs, stepMs }: Pace,
): Promise<Trained> {
  const steps = Math.max(1, (1000 * cpuSeconds - fixedMs) / stepMs);
  const trainer = await create(input);
  const { totalSteps } = trainer;
  await trainer.release();
  const epochs = (input.settings.epochs * steps) / (totalSteps - fixedSteps);
  return train(create, { ...input, settings: { ...input.settings, epochs } });
}
