/** @file How many bytes of values are alive at once while a graph runs in the order it was built. */
import { largestBytes, type AxisSizes } from './largest-size';
import { isCondition, type AnyNode, type ConditionNode, type Graph, type Node } from './graph';
import type { Lowering } from './emitter';
import { liveNodes, readBy } from './live-nodes';
import type { Value } from './value';

/**
 * Copies of a node's feature maps that exist while it runs: conversions between storages, and what standard ops transpose,
 * pad and mask. Batch-first, standard ops compute forward in place of these. Measured on MBNet (docs/engine.md).
 */
function scratchCopies({ op }: Node, { featureOrder, blockChannels }: Lowering): number {
  if (blockChannels !== null) return 1;
  return featureOrder === 'NCHW' && !op.name.endsWith('Gradient') ? 0 : 4;
}

/**
 * max over nodes i of (Σ bytes of the values made up to i that node ≥ i or an output reads, + scratch of i): every value
 * at its largest sizes, conditions as the larger of their arms. Scratch: `scratchCopies` of each feature map that the node
 * reads or writes. Inputs and constants are not counted. Unit: bytes.
 * @throws {ShapeError} an axis whose size is neither known nor given
 */
export function liveBytes(graph: Graph, lowering: Lowering, axes: AxisSizes = {}): number {
  const bytesOf = (value: Value): number => largestBytes(value.type, axes, lowering.blockChannels);
  const total = (values: Iterable<Value>): number =>
    [...values].reduce((sum, value) => sum + bytesOf(value), 0);

  const scratchOf = (node: AnyNode): number =>
    isCondition(node)
      ? Math.max(...node.branches.map((_, arm) => peakOfArm(node, arm as 0 | 1)))
      : scratchCopies(node, lowering) *
        total([...node.inputs, ...node.outputs].filter(({ type }) => type.layout === 'feature'));

  /** An arm's results become the node's outputs, which are counted there. */
  const peakOfArm = (node: ConditionNode, arm: 0 | 1): number => {
    const { scope, results } = node.branches[arm];
    const kept = results.filter((result) => result !== 'absent');
    return Math.max(0, peakOf(scope.nodes, kept) - total(kept));
  };

  const peakOf = (nodes: readonly AnyNode[], kept: readonly Value[]): number => {
    const lastReader = new Map<Value, number>();
    nodes.forEach((node, at) => {
      for (const value of readBy(node)) lastReader.set(value, at);
    });
    for (const value of kept) lastReader.set(value, nodes.length);
    const dying = nodes.map((): Value[] => []);
    nodes.forEach((node, at) => {
      for (const value of node.outputs) dying[lastReader.get(value) ?? at]?.push(value);
    });
    let [alive, peak] = [0, 0];
    nodes.forEach((node, at) => {
      alive += total(node.outputs);
      peak = Math.max(peak, alive + scratchOf(node));
      alive -= total(dying[at] ?? []);
    });
    return peak;
  };

  return peakOf(
    liveNodes(graph),
    graph.outputs.map(({ value }) => value),
  );
}
