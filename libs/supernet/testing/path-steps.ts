/** @file Steps of a supernet of paths whose open edges all have so many operations of one shape: what their number costs. */
import { rng } from '@sextant/common';
import { proxylessNasPresets } from '@sextant/contracts';
import type { Lowerings } from '@sextant/engine';
import type { SearchSpace } from '@sextant/search-space';
import type { ImageFormat } from '../src/pass-graph';
import { drawPath, drawPaths } from '../src/methods/proxyless-nas/architecture-step';
import { candidateOffsets, searchEdges, type Edge } from '../src/methods/proxyless-nas/edges';
import { initialStore, pathWeights } from '../src/methods/proxyless-nas/path-weights';
import { SearchSessions, type Stored } from '../src/methods/proxyless-nas/search-sessions';
import { updateOptions } from '../src/methods/proxyless-nas/settings';

export interface PathStepsOptions {
  readonly space: SearchSpace;
  readonly format: ImageFormat;
  readonly batchSize: number;
  /** Operations of every open edge, each of the largest one's shape with weights of its own. */
  readonly operations: number;
  readonly lowerings: Lowerings;
}

export interface PathSteps {
  /** A weight step and an architecture step of two paths, on noise. */
  step(): Promise<void>;
  release(): Promise<void>;
}

/** The largest operation of an edge, `operations` times. */
function repeated(edge: Edge, operations: number): Edge {
  const largest = edge.candidates.filter((it) => it !== 'zero').at(-1);
  if (edge.candidates.length === 1 || largest === undefined) return edge;
  return { ...edge, candidates: Array.from({ length: operations }, () => largest) };
}

export async function pathSteps(options: PathStepsOptions): Promise<PathSteps> {
  const { space, format, batchSize, operations, lowerings } = options;
  const edges = searchEdges(space).map((edge) => repeated(edge, operations));
  const weights = pathWeights(space, edges);
  const net = { space, edges, weights, format, batchSize };
  const update = updateOptions(proxylessNasPresets.cpu);
  const sessions = await SearchSessions.create(net, 'two', { update, threads: 1, lowerings });
  const draw = rng(1, 'path steps');
  const pixels = format.channels * format.height * format.width;
  const batch = {
    images: Uint8Array.from({ length: batchSize * pixels }, () => draw.int(256)),
    labels: Uint8Array.from({ length: batchSize }, () => draw.int(space.classes)),
  };
  const alpha = new Float32Array(candidateOffsets(edges).total);
  const even = edges.map(({ candidates }) => candidates.map(() => 1));
  const stored: Stored = {
    store: initialStore(weights, draw),
    velocity: new Float32Array(weights.storeTotal),
  };
  let at = 0;
  return {
    async step() {
      const path = drawPath(even, draw.fork(at));
      const rates = { labelSmoothing: 0, learningRate: 1e-3 };
      await sessions.weightStep(stored, path, batch, rates);
      await sessions.gatePass(
        'two',
        stored.store,
        drawPaths('two', edges, alpha, draw.fork(at)),
        batch,
      );
      at++;
    },
    release: () => sessions.release(),
  };
}
