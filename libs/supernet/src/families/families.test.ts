import { rng } from '@sextant/common';
import {
  Graph,
  gradient,
  plain,
  sumAll,
  writeModel,
  portableLowerings,
  Session,
  type Value,
} from '@sextant/engine';
import { evaluate } from '@sextant/engine/testing';
import { initialWeights } from '@sextant/networks';
import { searchSpaces } from '@sextant/search-space';
import { describe, expect, it } from 'vitest';
import { tinyFormat, tinyImages, tinySpace, tinyTransformer } from '../../testing';
import { passGraph } from '../pass-graph';
import { familyOf, type AnyArchitecture, type AnyFamily } from '.';
import { taskGradient, valueOffsets } from './task-gradient';

const spaces = [
  tinySpace,
  { ...tinySpace, name: 'tiny-stages', perBlock: [] },
  searchSpaces['big-nas'],
  searchSpaces['mbconv-fashion-mnist-v1'],
  searchSpaces['mbconv-cifar10-v1'],
  tinyTransformer,
];
const families = spaces.map((space): [string, AnyFamily] => [space.name, familyOf(space)]);

/** The cost form on one-hot rows of `encodings`, and its gradient by value of each decision. */
function costs(family: AnyFamily, encodings: readonly (readonly number[])[]) {
  const rows = encodings.length;
  const graph = new Graph();
  const inputs = family.decisions.map(({ id, values }) =>
    graph.input(id, plain([rows, values.length])),
  );
  const at = new Map(family.decisions.map(({ id }, index) => [id, index]));
  const cost = family.cost(graph, (id) => inputs[at.get(id)!]!, rows, 1);
  graph.output('cost', cost);
  gradient(sumAll(cost), inputs).forEach((value: Value, index) =>
    graph.output(`d ${index}`, value),
  );
  const feeds = family.decisions.map(({ id, values }, index) => {
    const data = encodings.flatMap((encoding) =>
      values.map((_, value) => Number(encoding[index] === value)),
    );
    return [id, { dims: [rows, values.length], data: Float64Array.from(data) }] as const;
  });
  return evaluate(graph, Object.fromEntries(feeds));
}

describe('the cost form', () => {
  it.each(families)('is exact for every architecture (%s)', (_, family) => {
    const draw = rng(1);
    const architectures = [
      family.smallest,
      family.largest,
      ...Array.from({ length: 30 }, () => family.sample(draw)),
    ];
    const encodings = architectures.map((architecture) => family.encode(architecture));
    const { cost } = costs(family, encodings);
    architectures.forEach((architecture, row) => {
      const exact = family.macs(architecture);
      expect(Math.abs(cost!.data[row]! - exact) / exact).toBeLessThan(2e-7);
    });
  });

  it.each(families)(
    'says by its gradient what changing one decision would cost (%s)',
    (_, family) => {
      const draw = rng(2);
      // The canonical encoding sets what does not matter to 0; a decision of an absent block costs nothing.
      const encoding = family.encode(family.sample(draw));
      const results = costs(family, [encoding]);
      family.decisions.forEach(({ values }, decision) => {
        const slopes = results[`d ${decision}`]!.data;
        values.forEach((_value, index) => {
          const changed = encoding.map((old, at) => (at === decision ? index : old));
          const difference =
            family.macs(family.decode(changed)) - family.macs(family.decode(encoding));
          const told = slopes[index]! - slopes[encoding[decision]!]!;
          expect(Math.abs(told - difference)).toBeLessThan(1e-6 * family.macs(family.largest));
        });
      });
    },
  );
});

const batchSize = 8;
const batch = tinyImages(batchSize, 3);
const targets = Float32Array.from({ length: batchSize * 3 }, (_, i) =>
  Number(i % 3 === batch.labels[Math.floor(i / 3)]),
);

async function passOf(family: AnyFamily) {
  const model = writeModel(family.elasticGraph(passGraph, tinyFormat, batchSize), {
    lowering: portableLowerings.elastic,
  });
  const session = await Session.create(model, { threads: 1, optimization: 'none' });
  const dims = [family.layout.total];
  return async (architecture: AnyArchitecture, theta: Float32Array) => {
    const vector = family.vectorOf(architecture);
    const { loss, gradients } = await session.run({
      image: { data: batch.images, dims: [batchSize, 2, 12, 12] },
      targets: { data: targets, dims: [batchSize, 3] },
      architecture: { data: vector, dims: [vector.length] },
      theta: { data: theta, dims },
      gradientSum: { data: new Float32Array(family.layout.total), dims },
    });
    return { loss: loss!.data[0] as number, gradients: gradients!.data as Float32Array };
  };
}

describe('the gradient of the loss by values of decisions', () => {
  it.each([
    ['inverted residuals', familyOf(tinySpace), 0.2],
    // Weights of a transformer start at 0.02, which moves the loss by less than float32 rounds.
    ['transformers', familyOf(tinyTransformer), 0],
  ] as const)('is that of scaling what each value added (%s)', async (_, family, least) => {
    const draw = rng(6);
    const theta = initialWeights(family.layout, rng(5)).map(
      (value) => value + least + 0.3 * (draw.uniform() - 0.5),
    );
    const run = await passOf(family);
    const architecture = family.largest;
    const { gradients } = await run(architecture, theta);
    const byValue = taskGradient(family, architecture, theta, gradients);
    const { offsets } = valueOffsets(family);
    const seen = new Set<string>();
    for (const { decision, increment } of family.increments(architecture)) {
      const key = `${decision} ${increment}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const lossAt = async (by: number): Promise<number> => {
        const scaled = theta.slice();
        for (const other of family.increments(architecture)) {
          if (other.decision !== decision || other.increment !== increment) continue;
          for (const at of other.places) scaled[at] = theta[at]! * by;
        }
        return (await run(architecture, scaled)).loss;
      };
      const step = 2e-3;
      const numeric = ((await lossAt(1 + step)) - (await lossAt(1 - step))) / (2 * step);
      const at = offsets[decision]! + increment;
      const alone = byValue[at]! - (increment > 0 ? byValue[at - 1]! : 0);
      expect(Math.abs(alone - numeric)).toBeLessThan(2e-2 * Math.max(0.05, Math.abs(numeric)));
    }
    expect(seen.size).toBeGreaterThan(family.decisions.length);
  });

  it('is that of the largest active value for values that are not active', () => {
    const family = familyOf(tinyTransformer);
    const ones = new Float32Array(family.layout.total).fill(1);
    const byValue = taskGradient(family, family.smallest, ones, ones);
    const { offsets } = valueOffsets(family);
    const embedding = byValue.slice(offsets[0], offsets[1]);
    expect(embedding[0]).toBeGreaterThan(0);
    expect([...embedding]).toEqual(Array(3).fill(embedding[0]));
  });
});
