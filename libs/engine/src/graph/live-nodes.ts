/** @file Which nodes of a graph its outputs need: building a gradient leaves some behind that nobody reads. */
import { isCondition, type AnyNode, type Branch, type Graph, type Scope } from './graph';
import type { Value } from './value';

/** Nodes of the root scope, in order, that an output (or one of `wanted`) depends on. */
export function liveNodes(
  graph: Graph,
  wanted: readonly Value[] = graph.outputs.map(({ value }) => value),
): readonly AnyNode[] {
  return needed(graph.root.nodes, wanted);
}

/** Nodes of an arm, in order, that what it hands out depends on. */
export const liveInArm = ({ scope, results }: Branch): readonly AnyNode[] =>
  needed(
    scope.nodes,
    results.filter((result) => result !== 'absent'),
  );

function needed(nodes: readonly AnyNode[], wanted: readonly Value[]): readonly AnyNode[] {
  const read = new Set(wanted);
  const live = nodes.toReversed().filter((node) => {
    if (!node.outputs.some((output) => read.has(output))) return false;
    for (const value of readBy(node)) read.add(value);
    return true;
  });
  return live.reverse();
}

/** Every value a node reads, in its arms as well. */
export function* readBy(node: AnyNode): Generator<Value> {
  if (!isCondition(node)) return yield* node.inputs;
  for (const { scope, results } of node.branches) {
    yield* readIn(scope);
    for (const result of results) if (result !== 'absent') yield result;
  }
}

function* readIn(scope: Scope): Generator<Value> {
  for (const node of scope.nodes) yield* readBy(node);
}
