/** @file Answers how much memory a search would take on this processor, as a worker would ask before it starts. */
import { messageOf } from '@sextant/common';
import { probeLowerings } from '@sextant/engine';
import { predictSearchBytes, resolveSupernetSpace } from '@sextant/evaluation';
import type { MemoryAnswer, MemoryQuestion } from './memory-process';

async function answer({ spec, dataset }: MemoryQuestion): Promise<MemoryAnswer> {
  try {
    const { channels, height, width, trainCount, testCount } = dataset;
    const ofImages = (count: number) => ({
      images: { byteLength: count * channels * height * width },
    });
    const bytes = predictSearchBytes({
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
      lowerings: await probeLowerings('cpu'),
    });
    return { bytes };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

process.once('disconnect', () => process.exit(0));
process.once('message', (question: MemoryQuestion) => {
  void answer(question).then((said) => process.send?.(said, () => process.exit(0)));
});
