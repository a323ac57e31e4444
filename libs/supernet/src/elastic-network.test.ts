import { rng } from '@sextant/common';
import { portableLowerings, probeLowerings, Session } from '@sextant/engine';
import {
  maxArchitecture,
  minArchitecture,
  networkShape,
  sample,
  type Architecture,
  type SearchSpace,
} from '@sextant/search-space';
import { describe, expect, it } from 'vitest';
import { tinyFormat, tinyImages, tinySpace } from '../testing';
import { exportModel } from './child-models';
import {
  architectureVector,
  childTensor,
  initialWeights,
  parameterLayout,
  type ParameterLayout,
} from '@sextant/networks';
import { calibrate } from './evaluate-child';
import { trainModel } from './train-graph';

/** Standard ops, and this machine's own where it has any. */
const lowerings = [portableLowerings.elastic, (await probeLowerings()).elastic];
const batchSize = 16;
const batch = tinyImages(batchSize, 3);

/** The space of one architecture: every size is known, so its model is the statically built network. */
const onlyThis = (space: SearchSpace, architecture: Architecture): SearchSpace => ({
  ...space,
  resolution: [architecture.resolution],
  stem: { ...space.stem, width: [architecture.stemWidth] },
  stages: space.stages.map((stage, at) => {
    const { width, blocks } = architecture.stages[at]!;
    return {
      ...stage,
      width: [width],
      depth: [blocks.length],
      kernel: [blocks[0]!.kernel],
      expansion: [blocks[0]!.expansion],
    };
  }),
  perBlock: [],
  head: { type: 'plain', width: [architecture.headWidth!] },
});

async function pass(
  space: SearchSpace,
  layout: ParameterLayout,
  theta: Float32Array,
  architecture: Architecture,
  { gradientSum = new Float32Array(layout.total), lowering = lowerings[0]! } = {},
) {
  const session = await Session.create(
    trainModel(space, layout, tinyFormat, batchSize, { lowering }),
    {
      threads: 1,
      optimization: 'none',
    },
  );
  const targets = Float32Array.from({ length: batchSize * 3 }, (_, i) =>
    i % 3 === batch.labels[Math.floor(i / 3)] ? 0.8 : 0.1,
  );
  const vector = architectureVector(space, architecture);
  const results = await session.run({
    image: { data: batch.images, dims: [batchSize, 2, 12, 12] },
    targets: { data: targets, dims: [batchSize, 3] },
    architecture: { data: vector, dims: [vector.length] },
    theta: { data: theta, dims: [layout.total] },
    gradientSum: { data: gradientSum, dims: [layout.total] },
  });
  await session.release();
  return {
    loss: results['loss']!.data[0] as number,
    gradients: results['gradients']!.data as Float32Array,
    probabilities: results['probabilities']!.data as Float32Array,
  };
}

/** Weights with every γ away from 0 and 1, so that no gradient vanishes by construction. */
function roughWeights(layout: ParameterLayout): Float32Array {
  const theta = initialWeights(layout, rng(5));
  const draw = rng(6);
  for (const { name, offset, size } of layout.parameters) {
    if (/gamma|beta|bias/.test(name))
      for (let i = 0; i < size; i++) theta[offset + i] = 0.6 + 0.5 * draw.uniform();
  }
  return theta;
}

const uniform: SearchSpace = { ...tinySpace, perBlock: [] };
/** Squeeze-and-excite in the second stage, whose squeezes are 8 or 16 wide, and swish throughout. */
const squeezing: SearchSpace = {
  ...uniform,
  name: 'tiny-squeezing',
  activation: 'swish',
  stages: uniform.stages.map((stage, at) =>
    at === 0 ? stage : { ...stage, expansion: [2, 5], squeezeExcite: true },
  ),
};
const draw = rng(9);
const children = [uniform, squeezing].flatMap((space): [string, SearchSpace, Architecture][] => [
  [`${space.name}, largest`, space, maxArchitecture(space)],
  [`${space.name}, smallest`, space, minArchitecture(space)],
  ...Array.from({ length: 4 }, (_, i): [string, SearchSpace, Architecture] => [
    `${space.name}, random ${i}`,
    space,
    sample(space, draw),
  ]),
]);

describe('the elastic network', () => {
  const cases = children.flatMap((child) =>
    lowerings.map((lowering) => [...child, lowering] as const),
  );
  it.each(cases)(
    'equals the statically built child (%s) in loss and gradients; the rest is exactly 0',
    async (_, whole, architecture, lowering) => {
      const layout = parameterLayout(whole);
      const theta = roughWeights(layout);
      const elastic = await pass(whole, layout, theta, architecture, { lowering });

      const space = onlyThis(whole, architecture);
      const ownLayout = parameterLayout(space);
      const ownTheta = new Float32Array(ownLayout.total);
      for (const { name, dims, offset } of ownLayout.parameters)
        ownTheta.set(childTensor(theta, layout.byName.get(name)!, dims), offset);
      const own = await pass(space, ownLayout, ownTheta, architecture);

      expect(Math.abs(elastic.loss - own.loss) / own.loss).toBeLessThan(1e-6);
      const scale = Math.max(...own.gradients.map(Math.abs));
      const untouched = elastic.gradients.slice();
      for (const parameter of ownLayout.parameters) {
        const tensor = layout.byName.get(parameter.name)!;
        const slice = childTensor(elastic.gradients, tensor, parameter.dims);
        slice.forEach((value, at) => {
          expect(Math.abs(value - own.gradients[parameter.offset + at]!) / scale).toBeLessThan(
            1e-4,
          );
        });
        const indices = Float32Array.from({ length: layout.total }, (_unused, at) => at);
        childTensor(indices, tensor, parameter.dims).forEach((at) => (untouched[at] = 0));
      }
      expect(untouched.every((value) => value === 0)).toBe(true);
    },
  );

  it.each([uniform, squeezing])(
    'exports what it trained: with the statistics of a batch, the same probabilities ($name)',
    async (space) => {
      const layout = parameterLayout(space);
      const theta = roughWeights(layout);
      const architecture = sample(space, rng(12));
      const child = { space, architecture, layout, theta };
      const statistics = await calibrate(child, batch, tinyFormat, batchSize, 1);
      const session = await Session.create(exportModel(child, tinyFormat, statistics, {}), {
        threads: 1,
        optimization: 'all',
      });
      const { logits } = await session.run({
        image: { data: batch.images, dims: [batchSize, 2, 12, 12] },
      });
      await session.release();
      const { probabilities } = await pass(space, layout, theta, architecture);
      const exported = logits!.data as Float32Array;
      for (let row = 0; row < batchSize; row++) {
        const powers = exported.slice(row * 3, row * 3 + 3).map(Math.exp);
        const total = powers.reduce((a, b) => a + b, 0);
        powers.forEach((power, k) =>
          expect(power / total).toBeCloseTo(probabilities[row * 3 + k]!, 4),
        );
      }
    },
  );

  it('adds its gradients to those it is given', async () => {
    const layout = parameterLayout(tinySpace);
    const theta = roughWeights(layout);
    const before = new Float32Array(layout.total).fill(2);
    const alone = await pass(tinySpace, layout, theta, minArchitecture(tinySpace));
    const summed = await pass(tinySpace, layout, theta, minArchitecture(tinySpace), {
      gradientSum: before,
    });
    summed.gradients.forEach((value, at) => expect(value).toBeCloseTo(alone.gradients[at]! + 2, 5));
  });

  it('does not depend on depth at the start: every block with a shortcut is the identity', async () => {
    const layout = parameterLayout(uniform);
    const theta = initialWeights(layout, rng(1));
    const deep = maxArchitecture(uniform);
    const shallow = {
      ...deep,
      stages: deep.stages.map((stage) => ({ ...stage, blocks: stage.blocks.slice(0, 1) })),
    };
    const [a, b] = [
      await pass(uniform, layout, theta, deep),
      await pass(uniform, layout, theta, shallow),
    ];
    expect(a.loss).toBe(b.loss);
  });
});

describe('childTensor', () => {
  it('takes the leading channels and the centre of the kernel, and nests', () => {
    const dims = [3, 2, 5, 5];
    const theta = Float32Array.from({ length: 150 }, (_, i) => i);
    const parameter = {
      name: 'w',
      dims,
      offset: 0,
      size: 150,
      start: { constant: 0 },
      decays: true,
    };
    const child = childTensor(theta, parameter, [2, 1, 3, 3]);
    expect([...child]).toEqual([
      6, 7, 8, 11, 12, 13, 16, 17, 18, 56, 57, 58, 61, 62, 63, 66, 67, 68,
    ]);
    const middle = { ...parameter, dims: [2, 2, 5, 5], size: 100 };
    const nested = childTensor(childTensor(theta, parameter, [2, 2, 5, 5]), middle, [2, 1, 3, 3]);
    expect(nested).toEqual(child);
  });
});

describe('parameterLayout', () => {
  it('holds as many numbers as the largest network has parameters', () => {
    const shape = networkShape(tinySpace, maxArchitecture(tinySpace));
    expect(shape.blocks).toHaveLength(5);
    const decaying = parameterLayout(tinySpace).parameters.filter(({ decays }) => decays);
    expect(decaying.every(({ name }) => name.endsWith('.weight'))).toBe(true);
  });
});
