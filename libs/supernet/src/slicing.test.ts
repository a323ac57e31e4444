/** @file What a child is of its supernet, as BigNAS and AttentiveNAS slice it: the four rules that the rest relies on. */
import { rng } from '@sextant/common';
import { portableLowerings, probeLowerings, Session, type Lowering } from '@sextant/engine';
import {
  architectureVector,
  childTensor,
  initialWeights,
  networkLayers,
  parameterLayout,
  staticSizes,
  type Parameter,
} from '@sextant/networks';
import {
  macs,
  maxArchitecture,
  minArchitecture,
  parseSearchSpace,
  sample,
  type Architecture,
} from '@sextant/search-space';
import { describe, expect, it } from 'vitest';
import { tinyFormat, tinyImages, tinySpace as space } from '../testing';
import { trainModel } from './train-graph';

const probed = await probeLowerings();
const batchSize = 8;
const layout = parameterLayout(space);
const theta = initialWeights(layout, rng(5)).map((value) => (value === 0 ? 0.3 : value));
const batch = tinyImages(batchSize, 3);
const targets = Float32Array.from({ length: batchSize * 3 }, (_, i) =>
  Number(i % 3 === batch.labels[Math.floor(i / 3)]),
);

async function pass(lowering: Lowering, architecture: Architecture, isElastic: boolean) {
  const options = isElastic ? { lowering } : { lowering, architecture };
  const session = await Session.create(trainModel(space, layout, tinyFormat, batchSize, options), {
    threads: 1,
    optimization: 'none',
  });
  const vector = architectureVector(space, architecture);
  const results = await session.run({
    image: { data: batch.images, dims: [batchSize, 2, 12, 12] },
    targets: { data: targets, dims: [batchSize, 3] },
    theta: { data: theta, dims: [layout.total] },
    gradientSum: { data: new Float32Array(layout.total), dims: [layout.total] },
    ...(isElastic ? { architecture: { data: vector, dims: [vector.length] } } : {}),
  });
  await session.release();
  return {
    loss: results['loss']!.data[0] as number,
    gradients: results['gradients']!.data as Float32Array,
    probabilities: results['probabilities']!.data as Float32Array,
  };
}

const dimsOf = (architecture: Architecture): ReadonlyMap<string, readonly number[]> => {
  const { convNorms, classifier } = networkLayers(staticSizes(space, architecture));
  return new Map([
    ...convNorms.map(({ name, kind, inChannels, outChannels, kernel }) => {
      const second = kind === 'depthwise' ? 1 : inChannels;
      return [`${name}.weight`, [outChannels, second, kernel, kernel] as number[]] as const;
    }),
    ['classifier.weight', [3, classifier.inFeatures as number]],
  ]);
};

describe('a child of a supernet', () => {
  it.each([
    ['standard ops', portableLowerings.elastic],
    ['this machine’s', probed.elastic],
  ])(
    'of all largest sizes is the supernet itself, to the rounding of its kernels (%s)',
    async (_, lowering) => {
      const largest = maxArchitecture(space);
      const [elastic, whole] = [
        await pass(lowering, largest, true),
        await pass(lowering, largest, false),
      ];
      elastic.probabilities.forEach((value, at) =>
        expect(Math.abs(value - whole.probabilities[at]!)).toBeLessThan(5e-7),
      );
    },
  );

  it('is a view: only its own weights have a gradient, exactly', async () => {
    const child = minArchitecture(space);
    const { gradients } = await pass(portableLowerings.elastic, child, true);
    const own = new Set<number>();
    const at = Float32Array.from({ length: layout.total }, (_, index) => index);
    for (const [name, dims] of dimsOf(child)) {
      for (const index of childTensor(at, layout.byName.get(name)!, dims)) own.add(index);
    }
    layout.parameters
      .filter(({ name }) => name.endsWith('.weight'))
      .forEach(({ offset, size }) => {
        for (let index = offset; index < offset + size; index++) {
          if (!own.has(index)) expect(gradients[index]).toBe(0);
        }
      });
    expect([...own].filter((index) => gradients[index] !== 0).length).toBeGreaterThan(
      0.9 * own.size,
    );
  });

  it('of a child is the child: slice(slice(W, A), B) = slice(W, B) for B ≤ A', () => {
    const draw = rng(8);
    const smallest = dimsOf(minArchitecture(space));
    for (let trial = 0; trial < 20; trial++) {
      for (const [name, outer] of dimsOf(sample(space, draw))) {
        const inner = smallest.get(name);
        if (!inner) continue;
        const whole = layout.byName.get(name)!;
        const size = outer.reduce((a, b) => a * b, 1);
        const between: Parameter = { ...whole, dims: outer, offset: 0, size };
        expect(childTensor(childTensor(theta, whole, outer), between, inner)).toEqual(
          childTensor(theta, whole, inner),
        );
      }
    }
  });

  it('costs what the space of it alone costs', () => {
    const draw = rng(9);
    for (let trial = 0; trial < 50; trial++) {
      const child = sample({ ...space, perBlock: [] }, draw);
      const alone = parseSearchSpace({
        ...space,
        perBlock: [],
        resolution: [child.resolution],
        stem: { ...space.stem, width: [child.stemWidth] },
        stages: space.stages.map((stage, at) => {
          const { width, blocks } = child.stages[at]!;
          const [{ kernel, expansion }] = blocks as [(typeof blocks)[0]];
          return {
            ...stage,
            ...{ width: [width], depth: [blocks.length] },
            ...{ kernel: [kernel], expansion: [expansion] },
          };
        }),
        head: { type: 'plain', width: [child.headWidth] },
      });
      expect(macs(alone, maxArchitecture(alone))).toBe(macs(space, child));
    }
  });
});
