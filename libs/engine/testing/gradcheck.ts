/** @file One check for every op: analytic = numeric gradient in float64, and ONNX Runtime = float64 reference. */
import { rng } from '@sextant/common';
import { gradient } from '../src/autodiff/gradient';
import { evaluateDim, type DimEnvironment } from '../src/graph/dims';
import type { FeatureOrder, Lowering } from '../src/graph/emitter';
import type { Float64Tensor } from '../src/graph/float64-tensor';
import { Graph } from '../src/graph/graph';
import type { TensorType, Value } from '../src/graph/value';
import { writeModel } from '../src/onnx/write-model';
import { mul } from '../src/ops/mul';
import { sumAll } from '../src/ops/sum';
import { probeLowerings } from '../src/runtime/probe-lowering';
import { Session } from '../src/runtime/session';
import { evaluate, type Feeds } from './reference';
import { fromResult, normalTensor, relativeError, toFeed } from './tensors';

export interface GradientCase {
  /** Differentiable inputs by name. */
  readonly inputs: Readonly<Record<string, TensorType>>;
  /** Contents of the int64 vector `architecture` that run-time sizes read. */
  readonly architecture?: readonly number[];
  readonly build: (inputs: Readonly<Record<string, Value>>) => Value;
  readonly seed?: number;
  /** Replaces the standard normal draw, e.g. by positive values. */
  readonly prepare?: (name: string, x: Float64Tensor) => Float64Tensor;
}

export interface GradientReport {
  /** Worst relative gap between analytic and central-difference gradient, float64. */
  readonly analyticVsNumeric: number;
  /** Worst relative gap between ONNX Runtime (float32) and the reference, over output and gradients. */
  readonly runtimeVsReference: Readonly<Record<string, number>>;
}

/** Blocked kernels are tested where this processor has them. */
const probed = await probeLowerings();

export const lowerings: Readonly<Record<string, Lowering>> = {
  'batch first': { featureOrder: 'NCHW', blockChannels: null },
  'channels first': { featureOrder: 'CNHW', blockChannels: null },
  ...(probed.known.blockChannels === null
    ? {}
    : { blocked: probed.known, 'channels first, blocked': probed.elastic }),
};

/** Builds Σ w·build(inputs) for random w, and differentiates it every way there is. */
export async function gradcheck(
  test: GradientCase,
  under: Readonly<Record<string, Lowering>> = lowerings,
): Promise<GradientReport> {
  const graph = new Graph();
  const architecture = test.architecture ?? [];
  if (architecture.length > 0) {
    graph.input('architecture', { dtype: 'int64', dims: [architecture.length], layout: 'plain' });
  }
  const named = Object.fromEntries(
    Object.entries(test.inputs).map(([name, type]) => [name, graph.input(name, type)]),
  );
  const y = test.build(named);
  const weights = graph.input('weights', y.type);
  const loss = sumAll(mul(y, weights));
  const gradients = gradient(loss, Object.values(named));
  graph.output('y', y);
  graph.output('loss', loss);
  Object.keys(named).forEach((name, at) => graph.output(`d ${name}`, gradients[at] as Value));

  const feeds = feedsOf(test, y.type);
  const truth = evaluate(graph, feeds);
  const runtimeVsReference: Record<string, number> = {};
  for (const [name, lowering] of Object.entries(under)) {
    runtimeVsReference[name] = await compareRuntime(graph, lowering, feeds, truth);
  }
  return {
    analyticVsNumeric: compareNumeric(graph, feeds, truth, Object.keys(named)),
    runtimeVsReference,
  };
}

function feedsOf(test: GradientCase, output: TensorType): Feeds {
  const draw = rng(test.seed ?? 1, 'gradcheck');
  const vector = test.architecture ?? [];
  const environment: DimEnvironment = {
    element: (_input, index) => vector[index] as number,
    axis: () => Number.NaN,
  };
  const sizes = (type: TensorType) => type.dims.map((dim) => evaluateDim(dim, environment));
  const entries = Object.entries({ ...test.inputs, weights: output }).map(([name, type]) => {
    const x = normalTensor(sizes(type), draw);
    return [name, test.prepare?.(name, x) ?? x] as const;
  });
  const architecture = { dims: [vector.length], data: Float64Array.from(vector) };
  return { ...Object.fromEntries(entries), ...(vector.length > 0 ? { architecture } : {}) };
}

/** A gradient that cancels to almost nothing is held to the size of what it cancels from. */
const cancellationFloor = (truth: Feeds): number =>
  1e-4 * Math.max(...Object.values(truth).flatMap(({ data }) => [...data].map(Math.abs)));

function compareNumeric(
  graph: Graph,
  feeds: Feeds,
  truth: Feeds,
  names: readonly string[],
): number {
  const step = 1e-5;
  const floor = cancellationFloor(truth);
  let worst = 0;
  for (const name of names) {
    const x = feeds[name] as Float64Tensor;
    const numeric = x.data.map((_, at) => {
      const lossAt = (delta: number): number => {
        const data = x.data.slice();
        data[at] = (data[at] as number) + delta;
        return evaluate(graph, { ...feeds, [name]: { dims: x.dims, data } }, ['loss'])['loss']
          ?.data[0] as number;
      };
      return (lossAt(step) - lossAt(-step)) / (2 * step);
    });
    const analytic = truth[`d ${name}`] as Float64Tensor;
    worst = Math.max(worst, relativeError({ dims: x.dims, data: numeric }, analytic, floor));
  }
  return worst;
}

async function compareRuntime(
  graph: Graph,
  lowering: Lowering,
  feeds: Feeds,
  truth: Feeds,
): Promise<number> {
  const order: FeatureOrder = lowering.featureOrder;
  const session = await Session.create(writeModel(graph, { lowering }), {
    threads: 1,
    optimization: 'none',
  });
  try {
    const results = await session.run(
      Object.fromEntries(
        graph.inputs.map(({ name, value }) => [
          name,
          toFeed(feeds[name] as Float64Tensor, value.type, order),
        ]),
      ),
    );
    return Math.max(
      ...graph.outputs.map(({ name, value }) =>
        relativeError(
          fromResult(results[name] as NonNullable<(typeof results)[string]>, value.type, order),
          truth[name] as Float64Tensor,
          cancellationFloor(truth),
        ),
      ),
    );
  } finally {
    await session.release();
  }
}
