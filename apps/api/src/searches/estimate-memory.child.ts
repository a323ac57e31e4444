/** @file Answers how much memory a search would take on this processor, as a worker would ask before it starts. */
import { messageOf } from '@sextant/common';
import { probeLowerings, type Lowerings } from '@sextant/engine';
import {
  predictSearchBytes,
  predictTaskSearchBytes,
  resolveSupernetSpace,
  resolveTopologySpace,
} from '@sextant/evaluation';
import type { MemoryAnswer, MemoryQuestion, SupernetMemory } from './memory-process';

function ofSupernet({ spec, dataset }: SupernetMemory, lowerings: Lowerings): number {
  const { channels, height, width, trainCount, testCount } = dataset;
  const ofImages = (count: number) => ({
    images: { byteLength: count * channels * height * width },
  });
  return predictSearchBytes({
    spec,
    space: resolveSupernetSpace(spec.space),
    dataset: {
      channels,
      height,
      width,
      // their values change no size
      mean: new Array<number>(channels).fill(0),
      standardDeviation: new Array<number>(channels).fill(1),
      train: ofImages(trainCount),
      test: ofImages(testCount),
    },
    lowerings,
  });
}

async function answer(question: MemoryQuestion): Promise<MemoryAnswer> {
  try {
    const lowerings = await probeLowerings('cpu');
    if (!('scenes' in question)) return { bytes: ofSupernet(question, lowerings) };
    const { spec, scenes } = question;
    const sceneCount = scenes.trainCount + scenes.testCount;
    const space = resolveTopologySpace(spec.space);
    return { bytes: predictTaskSearchBytes({ spec, space, scenes, sceneCount, lowerings }) };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

process.once('disconnect', () => process.exit(0));
process.once('message', (question: MemoryQuestion) => {
  void answer(question).then((said) => process.send?.(said, () => process.exit(0)));
});
