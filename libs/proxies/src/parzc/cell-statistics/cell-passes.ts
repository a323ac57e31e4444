/** @file The two runs that all statistics of a cell come from: the loss of a batch with its gradients, and the flow of synflow. */
import {
  abs,
  concat,
  crossEntropy,
  gradient,
  Graph,
  greater,
  image,
  matmul,
  mul,
  normActivation,
  plain,
  relu,
  reshape,
  scale,
  slice,
  sub,
  sum,
  sumAll,
  toPlain,
  transpose,
  type Value,
} from '@sextant/engine';
import { laidOut, type ParameterLayout } from '@sextant/networks';
import { cellGraph, type CellGraphParts, type CellGraphSizes, type SeenMap } from './cell-graph';

const centred = { mean: [0.5, 0.5, 0.5], standardDeviation: [0.5, 0.5, 0.5] };
/** Pixels of 255 become ones. */
const asFractions = { mean: [0, 0, 0], standardDeviation: [1, 1, 1] };

const identity = (x: Value): Value => x;

/** Weights of every convolution that any cell may have, and of the classifier, end to end. */
export function cellWeights(sizes: CellGraphSizes): ParameterLayout {
  const declared: { readonly name: string; readonly dims: readonly number[] }[] = [];
  const graph = new Graph();
  const { resolution: r } = sizes;
  const pixels = graph.input('image', plain([1, 3, r, r], 'uint8'));
  cellGraph(image(pixels, { ...asFractions, height: r, width: r }), sizes, {
    tensor(name, dims) {
      declared.push({ name, dims });
      return graph.input(name, plain(dims));
    },
    ...{ norm: identity, relu: identity, afterCell: identity, see: () => undefined },
  });
  return laidOut(declared.map((it) => ({ ...it, start: { constant: 0 }, decays: true })));
}

const stacked = (values: readonly Value[]): Value =>
  concat(
    values.map((value) => reshape(value, [1, ...value.type.dims])),
    0,
  );

const tensorsOf = (layout: ParameterLayout, theta: Value): ReadonlyMap<string, Value> =>
  new Map(
    layout.parameters.map(({ name, dims, offset, size }) => [
      name,
      reshape(slice(theta, [offset], [size]), dims),
    ]),
  );

/** Σ of the codes that two images share, for the units of a map. Shapes: [N,C,H,W] → [N,N]. */
function sharedUnits(map: Value): Value {
  const [n, c, h, w] = map.type.dims as readonly [number, number, number, number];
  const open = greater(reshape(toPlain(map), [n, c * h * w]), map.graph.scalar(0));
  return matmul(open, open, false, true);
}

/** Covariance of channels over images and pixels. Shapes: [N,C,H,W] → [C,C]. */
function covariance(map: Value): Value {
  const [n, c, h, w] = map.type.dims as readonly [number, number, number, number];
  const pixels = n * h * w;
  const rows = reshape(transpose(reshape(toPlain(map), [n, c, h * w]), [1, 0, 2]), [c, pixels]);
  const mean = scale(sum(rows, [1]), 1 / pixels);
  return sub(scale(matmul(rows, rows, false, true), 1 / pixels), matmul(mean, mean, false, true));
}

function batchNorm(x: Value, channels: number): Value {
  const vector = (value: number): Value =>
    x.graph.constant(new Float32Array(channels).fill(value), [channels]);
  return normActivation(x, vector(1), vector(0), 'none').y;
}

/**
 * Inputs: image uint8 [N,3,R,R], targets [N,classes], architecture int64 [6], theta. Outputs, T weight tensors, U seen maps that are
 * no outputs of cells, C_s channels of stage s: snip, plain, gradSquares [T] = Σ|θg|, Σθg, Σg² with g the gradient of the mean
 * cross-entropy; inputGradient [N,3·R·R]; shared [U,N,N]; covariances0…2 [cells,C_s,C_s]; logits;
 * loss.
 */
export function lossPass(sizes: CellGraphSizes, layout: ParameterLayout): Graph {
  const graph = new Graph();
  const { batch, resolution: r } = sizes;
  const pixels = graph.input('image', plain([batch, 3, r, r], 'uint8'));
  const targets = graph.input('targets', plain([batch, sizes.classes]));
  graph.input('architecture', plain([6], 'int64'));
  const tensors = tensorsOf(layout, graph.input('theta', plain([layout.total])));
  const seen: SeenMap[] = [];
  const x = image(pixels, { ...centred, height: r, width: r });
  const logits = cellGraph(x, sizes, {
    tensor: (name) => tensors.get(name) as Value,
    ...{ norm: batchNorm, relu, afterCell: identity, see: (map) => void seen.push(map) },
  });
  const weights = [...tensors.values()];
  const loss = crossEntropy(logits, targets);
  const [dImage, ...gradients] = gradient(loss, [x, ...weights]);
  graph.output('loss', loss);
  const products = weights.map((weight, at) => mul(weight, gradients[at] as Value));
  graph.output('snip', stacked(products.map((product) => sumAll(abs(product)))));
  graph.output('plain', stacked(products.map((product) => sumAll(product))));
  graph.output('gradSquares', stacked(gradients.map((it) => sumAll(mul(it, it)))));
  graph.output('inputGradient', reshape(toPlain(dImage as Value), [batch, 3 * r * r]));
  const inner = seen.filter(({ kind }) => kind !== 'output');
  graph.output('shared', stacked(inner.map(({ map }) => sharedUnits(map))));
  for (let stage = 0; stage < 3; stage++) {
    const outputs = seen.filter((it) => it.kind === 'output' && it.stage === stage);
    graph.output(`covariances${stage}`, stacked(outputs.map(({ map }) => covariance(map))));
  }
  graph.output('logits', logits);
  return graph;
}

/**
 * What every cell's output is divided by in the flow pass, lest it overflow float32. Without normalisation and with positive weights
 * the network is linear, so all saliencies share one factor of 16⁻¹⁵.
 */
export const flowDivisor = 16;

/**
 * Inputs: image uint8 [1,3,R,R] of 255, architecture, theta. Outputs: flow = R = Σ logits of ones under |θ| without normalisation,
 * synflow [T] = Σ|θ|·∂R/∂|θ|, both times 16⁻¹⁵.
 * @see Tanaka et al. 2020, arXiv:2006.05467
 */
export function flowPass(sizes: CellGraphSizes, layout: ParameterLayout): Graph {
  const graph = new Graph();
  const { resolution: r } = sizes;
  const pixels = graph.input('image', plain([1, 3, r, r], 'uint8'));
  graph.input('architecture', plain([6], 'int64'));
  const tensors = tensorsOf(layout, abs(graph.input('theta', plain([layout.total]))));
  const parts: CellGraphParts = {
    tensor: (name) => tensors.get(name) as Value,
    // Where everything is positive, a ReLU is none.
    ...{ norm: identity, relu: identity, see: () => undefined },
    afterCell: (h) => scale(h, 1 / flowDivisor),
  };
  const flow = sumAll(
    cellGraph(image(pixels, { ...asFractions, height: r, width: r }), sizes, parts),
  );
  const weights = [...tensors.values()];
  const gradients = gradient(flow, weights);
  graph.output('flow', flow);
  graph.output(
    'synflow',
    stacked(weights.map((weight, at) => sumAll(mul(weight, gradients[at] as Value)))),
  );
  return graph;
}
