/**
 * @file In a process of its own: passes (forward and backward) of cells and of transformers, five architectures each, in
 * the graph that holds all of them and in the graph of that one, in turn. Prints one JSON line.
 */
import { rng } from '@sextant/common';
import { cpuOf, median } from '@sextant/common/testing';
import {
  image,
  plain,
  probeLowerings,
  Session,
  writeModel,
  type Lowering,
  type Value,
} from '@sextant/engine';
import {
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
  initialWeights,
  type ParameterLayout,
} from '@sextant/networks';
import { cellOperations } from '@sextant/search-space';
import { passGraph } from '../src/pass-graph';

const [batch, side, classes] = [64, 32, 10];
const [warmUp, rounds] = [2, 9];
const format = {
  channels: 3,
  height: side,
  width: side,
  mean: [0.5, 0.5, 0.5],
  standardDeviation: [0.25, 0.25, 0.25],
};
const draw = rng(3, 'elastic-networks');
const images = Uint8Array.from({ length: batch * 3 * side * side }, () => draw.int(256));
const targets = new Float32Array(batch * classes);
for (let n = 0; n < batch; n++) targets[n * classes + draw.int(classes)] = 1;

type Build = (x: Value, tensor: TensorSource) => Value;
const layoutOf = (build: Build): ParameterLayout =>
  declaredBy((graph, tensor) => {
    build(image(graph.input('image', plain([batch, 3, side, side], 'uint8')), format), tensor);
  });

async function passOf(
  build: Build,
  layout: ParameterLayout,
  lowering: Lowering,
  vector: BigInt64Array,
) {
  const shape = { layout, format, batchSize: batch, classes, vectorLength: vector.length };
  const graph = passGraph(shape, (pixels, tensorNamed) =>
    build(image(pixels, format), (name) => tensorNamed(name)),
  );
  const session = await Session.create(writeModel(graph, { lowering }), {
    threads: 1,
    optimization: 'none',
  });
  const dims = [layout.total];
  const feeds = {
    image: { data: images, dims: [batch, 3, side, side] },
    targets: { data: targets, dims: [batch, classes] },
    theta: { data: initialWeights(layout, rng(1)), dims },
    gradientSum: { data: new Float32Array(layout.total), dims },
    ...(vector.length > 0 ? { architecture: { data: vector, dims: [vector.length] } } : {}),
  };
  return { run: () => session.run(feeds), release: () => session.release() };
}

interface Pair {
  readonly vector: BigInt64Array;
  readonly fixed: Build;
  readonly fixedLayout: ParameterLayout;
}

/** Median elastic CPU time over median static CPU time, less one, for each pair. */
async function overheadsOf(
  elastic: Build,
  layout: ParameterLayout,
  lowering: Lowering,
  pairs: readonly Pair[],
) {
  const overheads: number[] = [];
  const staticMs: number[] = [];
  for (const { vector, fixed, fixedLayout } of pairs) {
    const one = await passOf(elastic, layout, lowering, vector);
    const own = await passOf(fixed, fixedLayout, lowering, new BigInt64Array(0));
    const times: [number[], number[]] = [[], []];
    for (let round = 0; round < warmUp + rounds; round++) {
      const [a, b] = [await cpuOf(one.run), await cpuOf(own.run)];
      if (round < warmUp) continue;
      times[0].push(a);
      times[1].push(b);
    }
    await one.release();
    await own.release();
    overheads.push(median(times[0]) / median(times[1]) - 1);
    staticMs.push(median(times[1]));
  }
  return { overheads, staticMs };
}

const probed = await probeLowerings();

const cellSizes = { inChannels: 3, channels: 16, cellsPerStage: 1, classes };
const elasticCells: Build = (x, tensor) => buildCellNetwork(x, cellSizes, elasticCell, tensor);
const cellLayout = layoutOf(elasticCells);
/** The last edge has an operation: networks that do not see their input are no architectures. */
const cells = Array.from({ length: 5 }, (): Pair => {
  const choice = Array.from({ length: 6 }, (_, edge) =>
    edge === 5 || edge === 1 ? 1 + draw.int(4) : draw.int(cellOperations.length),
  );
  return {
    vector: cellVector(choice.map((at) => cellOperations[at]!)),
    fixed: (x, tensor) => buildCellNetwork(x, cellSizes, choice, tensor),
    fixedLayout: cellLayout,
  };
});

const space = {
  classes,
  patch: 4,
  headSize: 32,
  embedding: [96, 128],
  depth: [3, 4, 5, 6],
  heads: [2, 3, 4],
  mlpRatio: [2, 3, 4],
};
const transformers = Array.from({ length: 5 }, (): Pair => {
  const architecture = {
    embedding: draw.choice(space.embedding),
    blocks: Array.from({ length: draw.choice(space.depth) }, () => ({
      heads: draw.choice(space.heads),
      mlpRatio: draw.choice(space.mlpRatio),
    })),
  };
  const fixed: Build = (x, tensor) =>
    buildTransformer(x, staticTransformer(space, architecture), tensor);
  return { vector: transformerVector(space, architecture), fixed, fixedLayout: layoutOf(fixed) };
});

console.log(
  JSON.stringify({
    cells: await overheadsOf(elasticCells, cellLayout, probed.known, cells),
    transformers: await overheadsOf(
      (x, tensor) => buildTransformer(x, elasticTransformer(space), tensor),
      layoutOf((x, tensor) => buildTransformer(x, largestTransformer(space), tensor)),
      probed.known,
      transformers,
    ),
  }),
);
