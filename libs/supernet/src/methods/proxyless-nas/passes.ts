/** @file The graphs of a search: a weight step of one path, and three ways to the gradients of gates. */
import {
  add,
  dotChannels,
  elementDim,
  exp,
  flattenAll,
  gradient,
  Graph,
  mul,
  plain,
  reshape,
  slice,
  stopGradient,
  subDims,
  sumAll,
  type Value,
} from '@sextant/engine';
import { architectureInput, parameterNamed, type ParameterLayout } from '@sextant/networks';
import { forward, passGraph, type PassShape } from '../../pass-graph';
import { candidateOffsets, entriesPerEdge, type Edge } from './edges';
import {
  chosenAt,
  chosenBlock,
  chosenOperation,
  mixedLogits,
  oneOf,
  storeOperation,
  type EdgeValues,
  type PathNetwork,
  type TensorNamed,
} from './mixed-network';

/** Inputs of gate passes. */
export const gatesInput = 'openGates';
export const otherInput = 'other';
export const otherThetaInput = 'otherTheta';

/** By the vector of a path (`pathVector`), or by the index of the candidate at every edge. */
const shapeOf = (net: PathNetwork, layout: ParameterLayout): PassShape => ({
  layout,
  format: net.format,
  batchSize: net.batchSize,
  classes: net.space.classes,
  vectorLength: layout === net.weights.path ? entriesPerEdge * net.edges.length : net.edges.length,
});

const candidateCount = ({ edges }: PathNetwork, edge: number): number =>
  (edges[edge] as Edge).candidates.length;

/** The network of one path, by the weights in its vector. */
const pathLogits = (net: PathNetwork, onEdge?: (values: EdgeValues) => void) =>
  mixedLogits(
    net,
    (x, edge, tensorNamed) => chosenOperation(net, architectureInput, tensorNamed, x, edge),
    onEdge,
  );

/**
 * A weight step's gradients: `passGraph` whose architecture is a path's sizes (`pathVector`) and whose theta is that
 * path's weights. No other candidate's weights are in it, so those cannot move.
 */
export const weightGraph = (net: PathNetwork): Graph =>
  passGraph(shapeOf(net, net.weights.path), pathLogits(net));

/** The same forward only. Output: probabilities [N,K]. */
export function forwardGraph(net: PathNetwork): Graph {
  const graph = new Graph();
  const { logProbabilities } = forward(graph, shapeOf(net, net.weights.path), pathLogits(net));
  graph.output('probabilities', exp(logProbabilities));
  return graph;
}

/** Σ a⊙b of two feature maps, as [1]. */
const inner = (a: Value, b: Value): Value => reshape(sumAll(dotChannels(a, b)), [1]);

const zero = (graph: Graph): Value => graph.constant(Float32Array.of(0), [1]);

/**
 * Gate gradients of two paths, and the gradients of a weight step. Inputs: image, targets, architecture (sizes of the path
 * that runs), `other` (of the path looked at beside it), theta and otherTheta (their weights), gradientSum. Outputs: loss;
 * gradients of theta as `weightGraph` has them; gates [2E] = (G of the active, G of the other) by edge,
 * G = Σ ∂L/∂m ⊙ o(x); 0 where an edge has one candidate, or no block stands on the other path.
 *
 * Only the active path is kept for the backward pass: the other candidate of an edge runs once ∂L/∂m of that edge is
 * known, and leaves a scalar behind. Both kinds of steps are one graph, since each session keeps the memory of its
 * largest run: two of them would hold two networks.
 * @see Cai et al. 2019, ProxylessNAS, arXiv:1812.00332 §3.2
 */
export function pairGraph(net: PathNetwork): Graph {
  const graph = new Graph();
  const { path } = net.weights;
  graph.input(otherInput, plain([entriesPerEdge * net.edges.length], 'int64'));
  const theta = graph.input(otherThetaInput, plain([path.total]));
  const tensorNamed = (name: string): Value => {
    const { dims, offset, size } = parameterNamed(path, name);
    return reshape(slice(theta, [offset], [size]), dims);
  };
  const sum = graph.input('gradientSum', plain([path.total]));
  const gatesOf: GatesOf = (x, dm, m, edge) => {
    if (candidateCount(net, edge) === 1) return [zero(graph), zero(graph)];
    const { run } = chosenBlock(net, otherInput, tensorNamed, edge);
    // What the condition reads keeps the block from running before ∂L/∂m is there.
    const { outputs } = graph.condition(
      elementDim(otherInput, entriesPerEdge * edge, [0, 1]),
      () => [inner(dm, run(x))],
      () => [zero(graph)],
    );
    return [inner(dm, m), outputs[0] as Value];
  };
  return gateGraph(graph, net, path, pathLogits, () => gatesOf, sum);
}

/** The network whose operations are named by index, by the weights in the store. */
const storeLogits = (net: PathNetwork, onEdge?: (values: EdgeValues) => void) =>
  mixedLogits(
    net,
    (x, edge, tensorNamed) => {
      const run = storeOperation(net, tensorNamed);
      const choice = chosenAt(net, architectureInput, edge);
      return oneOf(x, choice, candidateCount(net, edge), (at) => run(x, edge, at));
    },
    onEdge,
  );

/**
 * Gate gradients of every path, one network held in memory: forward runs the active path; backward, each other candidate
 * is run again without a gradient. Inputs: image, targets, architecture (index of the candidate by edge), theta (the
 * store). Outputs: loss; gates, G by edge and candidate.
 * @see Cai et al. 2019, ProxylessNAS, the authors' code, mode `full_v2`
 */
export function recomputeGraph(net: PathNetwork): Graph {
  const graph = new Graph();
  return gateGraph(graph, net, net.weights.store, storeLogits, (tensorNamed) => {
    const run = storeOperation(net, tensorNamed);
    return (x, dm, m, edge) => {
      const count = candidateCount(net, edge);
      if (count === 1) return [zero(graph)];
      return Array.from({ length: count }, (_, at) => {
        if (isZero(net, edge, at)) return zero(graph);
        const { outputs } = graph.condition(
          subDims(chosenAt(net, architectureInput, edge), at),
          () => [inner(dm, run(x, edge, at))],
          () => [inner(dm, m)],
        );
        return outputs[0] as Value;
      });
    };
  });
}

const isZero = ({ edges }: PathNetwork, edge: number, at: number): boolean =>
  edges[edge]?.candidates[at] === 'zero';

/** G's of one edge, from its input, ∂L/∂m and m. */
type GatesOf = (x: Value, dm: Value, m: Value, edge: number) => readonly Value[];

function gateGraph(
  graph: Graph,
  net: PathNetwork,
  layout: ParameterLayout,
  logitsOf: typeof pathLogits,
  gatesBy: (tensorNamed: TensorNamed) => GatesOf,
  gradientSum?: Value,
): Graph {
  const seen: EdgeValues[] = [];
  const logits = logitsOf(net, (values) => seen.push(values));
  const { loss, tensors, tensorNamed } = forward(graph, shapeOf(net, layout), logits);
  const weights = gradientSum ? tensors : [];
  const all = gradient(loss, [...weights, ...seen.map(({ m }) => m)]);
  if (gradientSum) {
    graph.output('gradients', add(gradientSum, flattenAll(all.slice(0, weights.length))));
  }
  const slopes = all.slice(weights.length);
  const gatesOf = gatesBy(tensorNamed);
  const gates = seen.flatMap(({ x, m }, edge) => gatesOf(x, slopes[edge] as Value, m, edge));
  graph.output('loss', loss);
  graph.output('gates', flattenAll(gates));
  return graph;
}

/**
 * Gate gradients of every path, all of them run and kept: m = Σⱼ gⱼ·oⱼ(x), where gradients reach x through the active
 * path alone. Inputs: image, targets, architecture, theta (the store), openGates (one-hot by edge, agreeing with
 * architecture). Outputs: loss; gates, G by edge and candidate.
 * @see Cai et al. 2019, ProxylessNAS, the authors' code, mode `full`
 */
export function fullGraph(net: PathNetwork): Graph {
  const graph = new Graph();
  const { offsets, total } = candidateOffsets(net.edges);
  const gates = graph.input(gatesInput, plain([total]));
  const logits = mixedLogits(net, (x, edge, tensorNamed) => {
    const run = storeOperation(net, tensorNamed);
    const count = candidateCount(net, edge);
    if (count === 1) return run(x, edge, 0);
    const parts = Array.from({ length: count }, (_, at): Value | null => {
      if (isZero(net, edge, at)) return null;
      const { outputs } = graph.condition(
        subDims(chosenAt(net, architectureInput, edge), at),
        () => [run(stopGradient(x), edge, at)],
        () => [run(x, edge, at)],
      );
      const gate = reshape(slice(gates, [(offsets[edge] as number) + at], [1]), []);
      return mul(outputs[0] as Value, gate);
    });
    return parts.filter((part) => part !== null).reduce((sum, part) => add(sum, part));
  });
  const { loss } = forward(graph, shapeOf(net, net.weights.store), logits);
  graph.output('loss', loss);
  graph.output('gates', gradient(loss, [gates])[0] as Value);
  return graph;
}

/** How the gradients of gates are come by. */
export type GateMode = 'two' | 'recompute' | 'full';
