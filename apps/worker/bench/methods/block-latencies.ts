/** @file What every operation of a space takes on this machine: a table as devices have it, measured here and now. */
import { rng, type Rng } from '@sextant/common';
import {
  add,
  conv2d,
  depthwiseConv2d,
  Graph,
  plain,
  portableLowerings,
  relu6,
  toFeature,
  toPlain,
  writeModel,
  type Value,
} from '@sextant/engine';
import { measureLatency } from '@sextant/evaluation';
import { blockLayers, buildBranch, type Layers } from '@sextant/networks';
import { maxArchitecture, networkShape, type SearchSpace } from '@sextant/search-space';
import { searchEdges, type BlockCandidate, type PathCosts } from '@sextant/supernet';

const runs = 60;

/** A block alone, with normalisation folded in as in an exported network; what its weights are does not matter. */
function blockModel(
  { sizes }: BlockCandidate,
  side: number,
  activation: SearchSpace['activation'],
  draw: Rng,
): Uint8Array {
  const graph = new Graph();
  const channels = sizes.inChannels as number;
  const x = toFeature(graph.input('x', plain([1, channels, side, side])));
  const constant = (dims: readonly number[]): Value =>
    graph.constant(
      Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => 0.1 * draw.normal()),
      dims,
    );
  const layers: Layers = {
    convNorm(h, layer) {
      const [co, ci, k] = [layer.outChannels, layer.inChannels, layer.kernel] as number[] as [
        number,
        number,
        number,
      ];
      const isDepthwise = layer.kind === 'depthwise';
      const weight = constant([co, isDepthwise ? 1 : ci, k, k]);
      const y = (isDepthwise ? depthwiseConv2d : conv2d)(h, weight, layer.stride, constant([co]));
      return layer.activation === 'none' ? y : relu6(y);
    },
    squeezeExcite: (h) => h,
    linear: (h) => h,
  };
  const y = buildBranch(x, blockLayers(sizes, activation), layers);
  graph.output('y', toPlain(sizes.hasShortcut ? add(x, y) : y));
  return writeModel(graph, { lowering: portableLowerings.known });
}

/**
 * Median ms of every operation at batch 1 on one thread. `fixed` is 0: stem and classifier are the same in all networks
 * of the space.
 */
export async function blockLatencies(space: SearchSpace): Promise<PathCosts> {
  const draw = rng(1, 'block latencies');
  const { blocks } = networkShape(space, maxArchitecture(space));
  const candidates: number[][] = [];
  for (const [edge, { candidates: all }] of searchEdges(space).entries()) {
    const side = blocks[edge]?.inSize as number;
    const own: number[] = [];
    for (const candidate of all) {
      if (candidate === 'zero') own.push(0);
      else {
        const model = blockModel(candidate, side, space.activation, draw);
        const channels = candidate.sizes.inChannels as number;
        const data = new Float32Array(channels * side * side).fill(0.5);
        const x = { data, dims: [1, channels, side, side] };
        own.push((await measureLatency(model, { x }, runs, () => performance.now())).medianMs);
      }
    }
    candidates.push(own);
  }
  return { fixed: 0, candidates };
}
