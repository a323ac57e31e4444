import { rng } from '@sextant/common';
import { fillUniform, portableLowerings, Session } from '@sextant/engine';
import { initialWeights, parameterLayout, staticSizes } from '@sextant/networks';
import { maxArchitecture } from '@sextant/search-space';
import { describe, expect, it } from 'vitest';
import { tinyFormat, tinyImages, tinySpace } from '../testing';
import { chanceLength, type Regularisation } from './regularisation';
import { trainModel } from './train-graph';

const batchSize = 16;
const layout = parameterLayout(tinySpace);
const architecture = maxArchitecture(tinySpace);
const sizes = staticSizes(tinySpace, architecture);
const { images, labels } = tinyImages(batchSize, 3);

/** Fresh weights with residual branches that do something. */
const theta = initialWeights(layout, rng(1)).map((value, at) =>
  layout.parameters.some(
    ({ name, offset, size }) => name.endsWith('.gamma') && at >= offset && at < offset + size,
  )
    ? 0.8
    : value,
);

async function loss(regularisation: Regularisation, chance: Float32Array): Promise<number> {
  const model = trainModel(tinySpace, layout, tinyFormat, batchSize, {
    lowering: portableLowerings.known,
    architecture,
    regularisation,
  });
  const session = await Session.create(model, { threads: 1, optimization: 'none' });
  const targets = Float32Array.from({ length: batchSize * 3 }, (_, i) =>
    Number(i % 3 === labels[Math.floor(i / 3)]),
  );
  const { loss } = await session.run({
    image: { data: images, dims: [batchSize, 2, 12, 12] },
    targets: { data: targets, dims: [batchSize, 3] },
    theta: { data: theta, dims: [layout.total] },
    gradientSum: { data: new Float32Array(layout.total), dims: [layout.total] },
    ...(chance.length > 0 ? { chance: { data: chance, dims: [chance.length] } } : {}),
  });
  await session.release();
  return loss!.data[0] as number;
}

const uniforms = (regularisation: Regularisation, seed: number) =>
  fillUniform(new Float32Array(chanceLength(sizes, batchSize, regularisation)), rng(seed));

describe('regularisation of a network of known sizes', () => {
  it('takes no uniforms where there is none', () => {
    expect(chanceLength(sizes, batchSize, { dropout: 0, dropConnect: 0 })).toBe(0);
  });

  it('draws for each classifier input, and for each branch with a shortcut in the last two stages', () => {
    const features = 16 * batchSize;
    expect(chanceLength(sizes, batchSize, { dropout: 0.2, dropConnect: 0 })).toBe(features);
    // Blocks with shortcuts: one of two in the first stage, two of three in the second.
    expect(chanceLength(sizes, batchSize, { dropout: 0.2, dropConnect: 0.2 })).toBe(
      features + 3 * batchSize,
    );
  });

  it.each([
    ['dropout', { dropout: 0.4, dropConnect: 0 }],
    ['dropConnect', { dropout: 0, dropConnect: 0.4 }],
  ])('%s changes the loss by its draws alone', async (_, regularisation) => {
    const plain = await loss({ dropout: 0, dropConnect: 0 }, new Float32Array(0));
    const first = await loss(regularisation, uniforms(regularisation, 1));
    expect(first).not.toBe(plain);
    expect(await loss(regularisation, uniforms(regularisation, 1))).toBe(first);
    expect(await loss(regularisation, uniforms(regularisation, 2))).not.toBe(first);
  });
});
