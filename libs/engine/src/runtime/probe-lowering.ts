/** @file Finds out which formulations this machine's ONNX Runtime computes, and computes right. */
import { messageOf } from '@sextant/common';
import { gradient } from '../autodiff/gradient';
import type { Lowering } from '../graph/emitter';
import { Graph } from '../graph/graph';
import { plain, type TensorType } from '../graph/value';
import { graphProto, modelBytes, nodeProto, valueInfo } from '../onnx/protobuf';
import { producerVersion, writeModel } from '../onnx/write-model';
import { relu6 } from '../ops/clip';
import { conv2d } from '../ops/conv2d';
import { depthwiseConv2d } from '../ops/depthwise-conv2d';
import { image } from '../ops/image';
import { mul } from '../ops/mul';
import { normActivation } from '../ops/norm-activation';
import { sumAll } from '../ops/sum';
import { Session, type ExecutionProvider, type Tensor } from './session';

/** What a network is written with: one of known sizes, or one whose sizes are known at run time. */
export interface Lowerings {
  readonly executionProvider: ExecutionProvider;
  readonly known: Lowering;
  readonly elastic: Lowering;
  /** Why this is not what was asked for, or not what the processor may have; null: it is. */
  readonly fallback: string | null;
}

/** Standard ops only: what every execution provider has. */
export const portableLowerings: Lowerings = {
  executionProvider: 'cpu',
  known: { featureOrder: 'NCHW', blockChannels: null },
  elastic: { featureOrder: 'CNHW', blockChannels: null },
  fallback: null,
};

/** Standard ops without training's batch normalisation, which only the processor has. */
const accelerated = (executionProvider: ExecutionProvider): Lowerings => ({
  executionProvider,
  known: { ...portableLowerings.known, isNormComposite: true },
  elastic: { ...portableLowerings.elastic, isNormComposite: true },
  fallback: null,
});

/**
 * The fastest lowerings that this machine computes right on `executionProvider`: those that agree with standard ops on the
 * processor to 1e-4 in a small training step. Where the provider cannot be had or computes something else, the processor's,
 * and `fallback` says why.
 */
export async function probeLowerings(
  executionProvider: ExecutionProvider = 'cpu',
): Promise<Lowerings> {
  if (executionProvider === 'cpu') return probeProcessor();
  const candidate = accelerated(executionProvider);
  const fault = await faultOf(candidate);
  if (fault === null) return candidate;
  return { ...(await probeProcessor()), fallback: `${executionProvider}: ${fault}` };
}

async function probeProcessor(): Promise<Lowerings> {
  const blockChannels = await blockSize().catch(() => null);
  if (blockChannels === null) {
    return { ...portableLowerings, fallback: 'this runtime has no blocked kernels' };
  }
  const candidate: Lowerings = {
    executionProvider: 'cpu',
    known: { featureOrder: 'NCHW', blockChannels },
    elastic: { featureOrder: 'CNHW', blockChannels },
    fallback: null,
  };
  const fault = await faultOf(candidate);
  return fault === null ? candidate : { ...portableLowerings, fallback: fault };
}

/** Internal kernels and whole providers may be missing from a machine: that is an answer, not a failure. */
async function faultOf({ known, elastic, executionProvider }: Lowerings): Promise<string | null> {
  try {
    for (const lowering of [known, elastic]) {
      if (!(await agree(lowering, executionProvider))) return 'it computes something else';
    }
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

/** Images of the probe: one block of the larger kind. */
const batch = 16;
const options = { threads: 1, optimization: 'none' } as const;

/** Two pixels of 16 channels, reordered: the second pixel's first channel comes right after the first block. */
async function blockSize(): Promise<8 | 16 | null> {
  const channels = 16;
  const domain = 'com.microsoft.nchwc';
  const model = modelBytes({
    graph: graphProto({
      name: 'probe',
      nodes: [nodeProto('ReorderInput', 'y', ['x'], ['y'], {}, domain)],
      inputs: [valueInfo('x', 'float32', [1, channels, 1, 2])],
      outputs: [valueInfo('y', 'float32')],
    }),
    domains: new Map([
      ['', 17],
      [domain, 1],
    ]),
    producerVersion,
    metadata: {},
  });
  const session = await Session.create(model, options);
  try {
    const data = Float32Array.from({ length: 2 * channels }, (_, at) => at);
    const { y } = await session.run({ x: { data, dims: [1, channels, 1, 2] } });
    const size = (y?.data as Float32Array).indexOf(1);
    return size === 8 || size === 16 ? size : null;
  } finally {
    await session.release();
  }
}

/** A small training step, whose channels fill one block and a half of 16. */
function probeGraph(): Graph {
  const graph = new Graph();
  const channels = 24;
  const pixels = graph.input('pixels', plain([batch, 3, 7, 6], 'uint8'));
  const weights = [
    graph.input('stem', plain([channels, 3, 3, 3])),
    graph.input('depthwise', plain([channels, 1, 3, 3])),
    graph.input('project', plain([16, channels, 1, 1])),
    graph.input('gamma', plain([channels])),
    graph.input('beta', plain([channels])),
  ] as const;
  const [stem, depthwise, project, gamma, beta] = weights;
  const statistics = { mean: [0.5, 0.5, 0.5], standardDeviation: [0.25, 0.25, 0.25] };
  const x = image(pixels, { ...statistics, height: 7, width: 6 });
  const h = normActivation(conv2d(x, stem), gamma, beta, 'relu6').y;
  const y = conv2d(relu6(depthwiseConv2d(h, depthwise, 2)), project);
  const loss = sumAll(mul(y, y));
  gradient(loss, weights).forEach((value, at) => graph.output(`gradient ${at}`, value));
  graph.output('loss', loss);
  return graph;
}

function probeFeed(type: TensorType): Tensor {
  const dims = type.dims as readonly number[];
  const length = dims.reduce((a, b) => a * b, 1);
  const values = Array.from({ length }, (_, at) => Math.sin(7 * at + 1));
  const data =
    type.dtype === 'uint8'
      ? Uint8Array.from(values, (value) => 128 + 100 * value)
      : Float32Array.from(values);
  return { dims, data };
}

async function agree(lowering: Lowering, executionProvider: ExecutionProvider): Promise<boolean> {
  const graph = probeGraph();
  const feeds = Object.fromEntries(
    graph.inputs.map(({ name, value }) => [name, probeFeed(value.type)]),
  );
  const truth = await runOnce(graph, portableLowerings.known, feeds, 'cpu');
  const candidate = await runOnce(graph, lowering, feeds, executionProvider);
  return graph.outputs.every(({ name }) =>
    isClose(candidate[name] as Tensor, truth[name] as Tensor),
  );
}

async function runOnce(
  graph: Graph,
  lowering: Lowering,
  feeds: Record<string, Tensor>,
  executionProvider: ExecutionProvider,
) {
  const session = await Session.create(writeModel(graph, { lowering }), {
    ...options,
    executionProvider,
  });
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

function isClose(a: Tensor, b: Tensor): boolean {
  const expected = b.data as Float32Array;
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
  return expected.every(
    (value, at) => Math.abs((a.data as Float32Array)[at]! - value) <= 1e-4 * scale,
  );
}
