import { rng } from '@sextant/common';
import {
  feature,
  Graph,
  image,
  plain,
  portableLowerings,
  probeLowerings,
  Session,
  writeModel,
  type Lowering,
  type Value,
} from '@sextant/engine';
import { describe, expect, it } from 'vitest';
import { tinyFormat, tinyImages } from '../testing';
import {
  childTensor,
  initialWeights,
  type ParameterLayout,
  buildCellNetwork,
  cellVector,
  elasticCell,
  declaredBy,
  type TensorSource,
  buildTransformer,
  elasticTransformer,
  largestTransformer,
  staticTransformer,
  transformerVector,
  transformerVectorLength,
  type TransformerChoices,
} from '@sextant/networks';
import {
  cellOperations,
  type CellOperation,
  type TransformerArchitecture,
} from '@sextant/search-space';
import { passGraph } from './pass-graph';

const batchSize = 8;
const classes = 3;
const batch = tinyImages(batchSize, 3);
const probed = await probeLowerings();

/** Weights with every scale and bias away from where it starts, so that no gradient vanishes by construction. */
function roughWeights(layout: ParameterLayout): Float32Array {
  const theta = initialWeights(layout, rng(5));
  const draw = rng(6);
  for (const { name, offset, size } of layout.parameters) {
    if (!/gamma|beta|bias/.test(name)) continue;
    for (let i = 0; i < size; i++) theta[offset + i] = 0.4 + 0.5 * draw.uniform();
  }
  return theta;
}

type Build = (x: Value, tensor: TensorSource) => Value;

const layoutOf = (build: Build): ParameterLayout =>
  declaredBy((graph: Graph, tensor) => {
    const pixels = graph.input('image', plain([batchSize, 2, 12, 12], 'uint8'));
    build(image(pixels, tinyFormat), tensor);
  });

/** One pass of a network; `vector` is the architecture where there is more than one. */
async function pass(
  build: Build,
  layout: ParameterLayout,
  theta: Float32Array,
  lowering: Lowering,
  vector: BigInt64Array = new BigInt64Array(0),
) {
  const shape = { layout, format: tinyFormat, batchSize, classes, vectorLength: vector.length };
  const graph = passGraph(shape, (pixels, tensorNamed) =>
    build(image(pixels, tinyFormat), (name) => tensorNamed(name)),
  );
  const session = await Session.create(writeModel(graph, { lowering }), {
    threads: 1,
    optimization: 'none',
  });
  const targets = Float32Array.from({ length: batchSize * classes }, (_, i) =>
    i % classes === batch.labels[Math.floor(i / classes)] ? 0.8 : 0.1,
  );
  const results = await session.run({
    image: { data: batch.images, dims: [batchSize, 2, 12, 12] },
    targets: { data: targets, dims: [batchSize, classes] },
    theta: { data: theta, dims: [layout.total] },
    gradientSum: { data: new Float32Array(layout.total), dims: [layout.total] },
    ...(vector.length > 0 ? { architecture: { data: vector, dims: [vector.length] } } : {}),
  });
  await session.release();
  return {
    loss: results['loss']!.data[0] as number,
    gradients: results['gradients']!.data as Float32Array,
  };
}

const largestOf = (values: Float32Array): number => Math.max(...values.map(Math.abs));

describe('the cell network', () => {
  const sizes = { inChannels: 2, channels: 4, cellsPerStage: 1, classes };
  const elastic: Build = (x, tensor) => buildCellNetwork(x, sizes, elasticCell, tensor);
  const fixed =
    (operations: readonly CellOperation[]): Build =>
    (x, tensor) =>
      buildCellNetwork(
        x,
        sizes,
        operations.map((operation) => cellOperations.indexOf(operation)),
        tensor,
      );
  const draw = rng(2);
  const cells: (readonly CellOperation[])[] = [
    ...cellOperations.map((operation) => Array.from({ length: 6 }, () => operation)),
    ...Array.from({ length: 4 }, () =>
      Array.from({ length: 6 }, () => cellOperations[draw.int(5)] as CellOperation),
    ),
  ];
  const isUsed = (name: string, operations: readonly CellOperation[]): boolean => {
    const [, edge, kernel] = /edges\.(\d)\.conv(\d)/.exec(name) ?? [];
    return edge === undefined || operations[Number(edge)] === `nor_conv_${kernel}x${kernel}`;
  };

  it.each(cells.map((cell, at) => [cell.join(), cell, at % 2] as const))(
    'runs any cell in one session, equal to the static network: %s',
    async (_, operations, which) => {
      const lowering = [portableLowerings.known, probed.known][which]!;
      const layout = layoutOf(elastic);
      const theta = roughWeights(layout);
      const one = await pass(elastic, layout, theta, lowering, cellVector(operations));
      const own = await pass(fixed(operations), layout, theta, lowering);
      expect(Math.abs(one.loss - own.loss) / own.loss).toBeLessThan(1e-6);
      const scale = largestOf(own.gradients);
      own.gradients.forEach((value, at) =>
        expect(Math.abs(value - one.gradients[at]!) / scale).toBeLessThan(1e-4),
      );
      for (const { name, offset, size } of layout.parameters) {
        const part = one.gradients.subarray(offset, offset + size);
        if (!isUsed(name, operations))
          expect(
            part.every((value) => value === 0),
            name,
          ).toBe(true);
      }
    },
  );

  it.each([
    ['none,none,none,none,none,none', 73_306],
    [Array.from({ length: 6 }, () => 'nor_conv_3x3').join(), 1_531_546],
    ['nor_conv_3x3,nor_conv_3x3,nor_conv_3x3,skip_connect,nor_conv_1x1,nor_conv_3x3', 1_073_466],
    ['skip_connect,nor_conv_3x3,nor_conv_1x1,nor_conv_3x3,nor_conv_1x1,nor_conv_3x3', 858_426],
    ['avg_pool_3x3,nor_conv_1x1,skip_connect,nor_conv_1x1,skip_connect,skip_connect', 129_306],
  ])('has the parameters of NAS-Bench-201: %s', (text, expected) => {
    const operations = text.split(',') as CellOperation[];
    const benchmark = { inChannels: 3, channels: 16, cellsPerStage: 5, classes: 10 };
    const layout = declaredBy((graph, tensor) => {
      const x = graph.input('x', feature([1, 3, 32, 32]));
      buildCellNetwork(x, benchmark, elasticCell, tensor);
    });
    const used = layout.parameters.filter(({ name }) => isUsed(name, operations));
    expect(used.reduce((total, { size }) => total + size, 0)).toBe(expected);
  });
});

describe('the vision transformer', () => {
  const space: TransformerChoices = {
    classes,
    patch: 4,
    headSize: 4,
    embedding: [8, 12],
    depth: [1, 2, 3],
    heads: [1, 2, 3],
    mlpRatio: [1.5, 2],
  };
  const build =
    (sizes: ReturnType<typeof elasticTransformer>): Build =>
    (x, tensor) =>
      buildTransformer(x, sizes, tensor);
  const block = (heads: number, mlpRatio: number) => ({ heads, mlpRatio });
  const architectures: [string, TransformerArchitecture][] = [
    ['largest', { embedding: 12, blocks: [block(3, 2), block(3, 2), block(3, 2)] }],
    ['smallest', { embedding: 8, blocks: [block(1, 1.5)] }],
    ['mixed', { embedding: 8, blocks: [block(3, 1.5), block(1, 2)] }],
    ['wide and shallow', { embedding: 12, blocks: [block(2, 1.5)] }],
  ];

  it.each(architectures.flatMap(([name, it]) => [0, 1].map((which) => [name, it, which] as const)))(
    'equals the static network in loss and gradients; the rest is exactly 0: %s',
    async (_, architecture, which) => {
      const lowering = [portableLowerings.elastic, probed.elastic][which]!;
      const layout = layoutOf(build(largestTransformer(space)));
      const theta = roughWeights(layout);
      const vector = transformerVector(space, architecture);
      expect(vector).toHaveLength(transformerVectorLength(space));
      const one = await pass(build(elasticTransformer(space)), layout, theta, lowering, vector);

      const fixed = build(staticTransformer(space, architecture));
      const ownLayout = layoutOf(fixed);
      const ownTheta = new Float32Array(ownLayout.total);
      for (const { name, dims, offset } of ownLayout.parameters)
        ownTheta.set(childTensor(theta, layout.byName.get(name)!, dims), offset);
      const own = await pass(fixed, ownLayout, ownTheta, lowering);

      expect(Math.abs(one.loss - own.loss) / own.loss).toBeLessThan(1e-6);
      const scale = largestOf(own.gradients);
      const rest = one.gradients.slice();
      const indices = Float32Array.from({ length: layout.total }, (_unused, at) => at);
      for (const parameter of ownLayout.parameters) {
        const whole = layout.byName.get(parameter.name)!;
        childTensor(one.gradients, whole, parameter.dims).forEach((value, at) =>
          expect(Math.abs(value - own.gradients[parameter.offset + at]!) / scale).toBeLessThan(
            1e-4,
          ),
        );
        childTensor(indices, whole, parameter.dims).forEach((at) => (rest[at] = 0));
      }
      expect(rest.every((value) => value === 0)).toBe(true);
    },
  );

  it('refuses images that do not split into patches', () => {
    expect(() => layoutOf(build(elasticTransformer({ ...space, patch: 5 })))).toThrow(
      'an image of 12×12 does not split into patches of 5×5',
    );
  });
});
