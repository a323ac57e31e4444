import { portableLowerings } from '@sextant/engine';
import { minArchitecture } from '@sextant/search-space';
import { describe, expect, it } from 'vitest';
import { tinyFormat, tinyImages, tinySettings, tinySpace } from '../../../testing';
import { countCorrect, predict } from '../../evaluate-child';
import { familyOf } from '../../families';
import { decodeState, encodeState, type TrainingState } from '../training-state';
import { StandAloneTrainer } from './trainer';

const train = tinyImages(96);
const input = {
  ...{ space: tinySpace, train, format: tinyFormat, seed: 3, threads: 1 },
  settings: { ...tinySettings, epochs: 20, dropout: 0.1 },
  lowerings: portableLowerings,
  architecture: minArchitecture(tinySpace),
};

async function trainTo(step: number, from?: TrainingState) {
  const trainer = await StandAloneTrainer.create(input, from);
  while (trainer.state.step < step) await trainer.step();
  await trainer.release();
  return trainer;
}

describe('a network trained by itself', () => {
  it('goes on bit for bit from stored bytes', async () => {
    const whole = await trainTo(6);
    const bytes = encodeState('stand-alone', (await trainTo(3)).state);
    expect((await trainTo(6, decodeState('stand-alone', bytes))).state).toEqual(whole.state);
  });

  it('learns, and is a child like any other', async () => {
    const { state, totalSteps } = await trainTo(120);
    expect(totalSteps).toBe(120);
    const exported = await familyOf(tinySpace).exportChild({
      architecture: input.architecture,
      theta: state.vectors.theta,
      format: tinyFormat,
      calibration: { set: train, images: 96 },
      threads: 1,
    });
    const test = tinyImages(150, 2);
    const predictions = await predict(exported({}), test, tinyFormat, 1);
    expect(countCorrect(predictions, test.labels) / test.count).toBeGreaterThan(0.9);
  });
});
