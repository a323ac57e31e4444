/** @file Vision transformers as a family. */
import {
  add,
  dimKey,
  image,
  mul,
  predictSessionBytes,
  writeModel,
  Graph,
  plain,
  type Value,
} from '@sextant/engine';
import {
  buildTransformer,
  childTensor,
  declaredBy,
  elasticTransformer,
  largestTransformer,
  parameterNamed,
  staticTransformer,
  transformerVector,
  transformerVectorLength,
  type ParameterLayout,
  type TensorSource,
  type TransformerSizes,
} from '@sextant/networks';
import {
  decodeTransformer,
  encodeTransformer,
  sampleTransformer,
  transformerBlockMacs,
  transformerChoices,
  transformerFixedMacs,
  transformerHash,
  transformerMacs,
  transformerParams,
  type TransformerArchitecture,
  type TransformerSpace,
} from '@sextant/search-space';
import { childLowering, exportBatch } from '../child-models';
import { inferenceBatch } from '../evaluate-child';
import type { ImageFormat } from '../pass-graph';
import type { ChildQuestion, Family, Policy } from './family';
import { PolicyForm } from './policy-form';
import { transformerIncrements } from './transformer-increments';

const logitsOf = (
  space: TransformerSpace,
  format: Pick<ImageFormat, 'mean' | 'standardDeviation'>,
  pixels: Value,
  sizes: TransformerSizes,
  tensor: TensorSource,
): Value => {
  const { mean, standardDeviation } = format;
  const side = space.resolution;
  const x = image(pixels, { mean, standardDeviation, height: side, width: side });
  return buildTransformer(x, sizes, tensor);
};

/** Tensors of the largest network, end to end. */
function transformerLayout(space: TransformerSpace): ParameterLayout {
  const { channels } = space.input;
  const side = space.resolution;
  const format = {
    mean: Array.from({ length: channels }, () => 0),
    standardDeviation: Array.from({ length: channels }, () => 1),
  };
  return declaredBy((graph, tensor) => {
    const pixels = graph.input('image', plain([1, channels, side, side], 'uint8'));
    logitsOf(space, format, pixels, largestTransformer(space), tensor);
  });
}

/** Σ over blocks, those beyond the depth times 0, and the layers outside them. */
function transformerCost(
  space: TransformerSpace,
  graph: Graph,
  policy: Policy,
  rows: number,
  unit: number,
): Value {
  const form = new PolicyForm(graph, policy, rows, transformerChoices(space));
  // MACs of a block are a sum of a part of heads and a part of the MLP, each bilinear with the embedding.
  const ofHeads = (d: number, heads: number): number =>
    transformerBlockMacs(space, d, heads, 0) / unit;
  const ofMlp = (d: number, ratio: number): number =>
    transformerBlockMacs(space, d, 0, ratio) / unit;
  const fixed = form.linear('embedding', (d) => transformerFixedMacs(space, d) / unit);
  return Array.from({ length: space.depth.at(-1) as number }, (_, at) => at).reduce((total, at) => {
    const block = add(
      form.bilinear('embedding', `blocks.${at}.heads`, ofHeads),
      form.bilinear('embedding', `blocks.${at}.mlpRatio`, ofMlp),
    );
    const always = at < (space.depth[0] as number);
    const on = always
      ? block
      : mul(
          form.linear('depth', (depth) => Number(depth > at)),
          block,
        );
    return add(total, on);
  }, fixed);
}

/** The child as a graph: raw pixels uint8 [N,C,H,W] in, logits [N,classes] out, any batch. */
function childGraph(
  space: TransformerSpace,
  layout: ParameterLayout,
  {
    architecture,
    theta,
    format,
  }: Pick<ChildQuestion<TransformerArchitecture>, 'architecture' | 'theta' | 'format'>,
): Graph {
  const graph = new Graph();
  const { channels, height, width } = format;
  const pixels = graph.input('image', plain([exportBatch, channels, height, width], 'uint8'));
  const tensor: TensorSource = (name, dims) =>
    graph.constant(childTensor(theta, parameterNamed(layout, name), dims), dims);
  const sizes = staticTransformer(space, architecture);
  graph.output('logits', logitsOf(space, format, pixels, sizes, tensor));
  return graph;
}

/** Layer normalisation takes its statistics from each image, so a child needs none of its own. */
export function transformerFamily(space: TransformerSpace): Family<TransformerArchitecture> {
  const layout = transformerLayout(space);
  const decisions = transformerChoices(space);
  const corner = (which: 0 | -1): TransformerArchitecture =>
    decodeTransformer(
      space,
      decisions.map(({ values }) => (which === 0 ? 0 : values.length - 1)),
    );
  return {
    name: space.name,
    classes: space.classes,
    imageChannels: space.input.channels,
    layout,
    decisions,
    smallest: corner(0),
    largest: corner(-1),
    sample: (rng) => sampleTransformer(space, rng),
    decode: (encoding) => decodeTransformer(space, encoding),
    encode: (architecture) => encodeTransformer(space, architecture),
    hash: (architecture) => transformerHash(space, architecture),
    macs: (architecture) => transformerMacs(space, architecture),
    paramCount: (architecture) => transformerParams(space, architecture),
    meetsLimits: (architecture, { maxMacs = Infinity, maxParams = Infinity }) =>
      transformerMacs(space, architecture) <= maxMacs &&
      transformerParams(space, architecture) <= maxParams,
    resolutionOf: () => space.resolution,
    vectorOf: (architecture) => transformerVector(space, architecture),
    elasticGraph(build, format, batchSize) {
      const sizes = elasticTransformer(space);
      const vectorLength = transformerVectorLength(space);
      const shape = { layout, format, batchSize, classes: space.classes, vectorLength };
      return build(shape, (pixels, tensorNamed) =>
        logitsOf(space, format, pixels, sizes, (name) => tensorNamed(name)),
      );
    },
    cost: (graph, policy, rows, unit) => transformerCost(space, graph, policy, rows, unit),
    increments: (architecture) => transformerIncrements(space, layout, architecture),
    evaluationBytes(format) {
      const theta = new Float32Array(layout.total);
      const graph = childGraph(space, layout, { architecture: corner(-1), theta, format });
      const axes = { [dimKey(exportBatch)]: inferenceBatch };
      return predictSessionBytes(graph, childLowering, axes);
    },
    exportChild(question) {
      const graph = childGraph(space, layout, question);
      return Promise.resolve((metadata) =>
        writeModel(graph, { lowering: childLowering, metadata }),
      );
    },
  };
}
