/** @file Networks of inverted residual blocks as a family. */
import { image } from '@sextant/engine';
import {
  architectureVector,
  buildNetwork,
  elasticSizes,
  parameterLayout,
  vectorLength,
} from '@sextant/networks';
import {
  canonicalHash,
  choices,
  decode,
  encode,
  macs,
  maxArchitecture,
  meetsLimits,
  minArchitecture,
  paramCount,
  sample,
  type Architecture,
  type SearchSpace,
} from '@sextant/search-space';
import { exportModel } from '../child-models';
import { calibrate } from '../evaluate-child';
import { none, regularisers } from '../regularisation';
import { trainedLayers } from '../train-graph';
import type { Family } from './family';
import { mbconvCost } from './mbconv-cost';
import { mbconvEvaluationBytes } from './mbconv-memory';
import { mbconvIncrements } from './mbconv-increments';

/** Of a space that can be trained, as `requireTrainable` tells. */
export function mbconvFamily(space: SearchSpace): Family<Architecture> {
  const layout = parameterLayout(space);
  return {
    name: space.name,
    classes: space.classes,
    imageChannels: space.input.channels,
    layout,
    decisions: choices(space),
    smallest: minArchitecture(space),
    largest: maxArchitecture(space),
    sample: (rng) => sample(space, rng),
    decode: (encoding) => decode(space, encoding),
    encode: (architecture) => encode(space, architecture),
    hash: (architecture) => canonicalHash(space, architecture),
    macs: (architecture) => macs(space, architecture),
    paramCount: (architecture) => paramCount(space, architecture),
    meetsLimits: (architecture, limits) => meetsLimits(space, architecture, limits),
    resolutionOf: ({ resolution }) => resolution,
    vectorOf: (architecture) => architectureVector(space, architecture),
    elasticGraph(build, format, batchSize) {
      const sizes = elasticSizes(space);
      const { classes } = space;
      const shape = { layout, format, batchSize, classes, vectorLength: vectorLength(space) };
      return build(shape, (pixels, tensorNamed) => {
        const side = { height: sizes.resolution, width: sizes.resolution };
        const regularised = regularisers(pixels.graph, sizes, batchSize, none);
        return buildNetwork(
          image(pixels, { ...format, ...side }),
          sizes,
          trainedLayers(tensorNamed, regularised),
        );
      });
    },
    cost: (graph, policy, rows, unit) => mbconvCost(space, graph, policy, rows, unit),
    increments: (architecture) => mbconvIncrements(space, layout, architecture),
    evaluationBytes: (format) => mbconvEvaluationBytes(space, format),
    async exportChild({ architecture, theta, format, calibration, threads, beforeRun }) {
      const child = { space, architecture, layout, theta };
      const { set, images } = calibration;
      const statistics = await calibrate(child, set, format, images, threads, beforeRun);
      return (metadata) => exportModel(child, format, statistics, metadata);
    },
  };
}
