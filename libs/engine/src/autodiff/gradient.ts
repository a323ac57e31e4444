/** @file Reverse-mode differentiation: a gradient is more graph, so it can be differentiated again. */
import { ShapeError } from '@sextant/common';
import {
  isCondition,
  type AnyNode,
  type ConditionNode,
  type Graph,
  type Node,
  type Scope,
} from '../graph/graph';
import type { Value } from '../graph/value';
import { add } from '../ops/add';
import { zerosLike } from '../ops/zeros';

/** Gradients found so far, by the value they belong to. */
type Adjoints = Map<Value, Value>;

/**
 * ∂loss/∂v for each v of `wrt`, appended to the graph; zeros where loss does not depend on v.
 * Shapes: loss [] → each gradient has its v's type.
 * @throws {ShapeError} loss is not a scalar of the root scope
 * @see Griewank & Walther 2008, Evaluating Derivatives, ch. 3 — reverse accumulation
 */
export function gradient(loss: Value, wrt: readonly Value[]): readonly Value[] {
  const { graph } = loss;
  if (loss.type.dims.length > 0 || loss.scope !== graph.root) {
    throw new ShapeError('gradient: loss must be a scalar at the root of its graph');
  }
  const nodes = [...graph.root.nodes];
  const active = dependants(nodes, new Set(wrt));
  const adjoints: Adjoints = new Map();
  if (active.has(loss)) adjoints.set(loss, graph.scalar(1));
  propagate(graph, nodes, active, adjoints);
  return wrt.map((value) => adjoints.get(value) ?? zerosLike(value));
}

/** Every value through which a gradient can flow back to `wrt`. */
function dependants(nodes: readonly AnyNode[], active: Set<Value>): ReadonlySet<Value> {
  for (const node of nodes) {
    if (isCondition(node)) {
      for (const { scope } of node.branches) dependants(scope.nodes, active);
      node.outputs.forEach((output, at) => {
        const flows = node.branches.some(({ results }) => {
          const result = results[at];
          return result !== undefined && result !== 'absent' && active.has(result);
        });
        if (flows) active.add(output);
      });
    } else if (node.op.gradient && node.inputs.some((input) => active.has(input))) {
      node.outputs.forEach((output) => active.add(output));
    }
  }
  return active;
}

function propagate(
  graph: Graph,
  nodes: readonly AnyNode[],
  active: ReadonlySet<Value>,
  adjoints: Adjoints,
): void {
  for (const node of [...nodes].reverse()) {
    const reached = node.outputs.some((output) => adjoints.has(output) && active.has(output));
    if (!reached) continue;
    if (isCondition(node)) throughCondition(graph, node, active, adjoints);
    else throughOp(node, active, adjoints);
  }
}

function accumulate(adjoints: Adjoints, value: Value, gradient: Value): void {
  const before = adjoints.get(value);
  adjoints.set(value, before ? add(before, gradient) : gradient);
}

function throughOp(node: Node, active: ReadonlySet<Value>, adjoints: Adjoints): void {
  const dOutputs = node.outputs.map((output) => adjoints.get(output) ?? null);
  const dInputs = node.op.gradient?.(node, dOutputs) ?? [];
  node.inputs.forEach((input, at) => {
    const gradient = dInputs[at];
    if (gradient && active.has(input)) accumulate(adjoints, input, gradient);
  });
}

/** The gradient of a condition is a condition on the same predicate: zeros where an arm does not read a value. */
function throughCondition(
  graph: Graph,
  node: ConditionNode,
  active: ReadonlySet<Value>,
  adjoints: Adjoints,
): void {
  const captured = [...capturedBy(node)].filter((value) => active.has(value));
  if (captured.length === 0) return;
  const results = node.branches.map((branch) => branch.results.slice());
  const half = (arm: 0 | 1) => (): readonly Value[] => {
    const local: Adjoints = new Map();
    node.outputs.slice(0, results[arm]?.length).forEach((output, at) => {
      const result = results[arm]?.[at];
      const dOutput = adjoints.get(output);
      if (result && result !== 'absent' && dOutput) accumulate(local, result, dOutput);
    });
    propagate(graph, [...node.branches[arm].scope.nodes], active, local);
    return captured.map((value) => local.get(value) ?? zerosLike(value));
  };
  const backward = graph.backwardCondition(node, half(0), half(1));
  captured.forEach((value, at) => accumulate(adjoints, value, backward.outputs[at] as Value));
}

/** Values of enclosing scopes that either arm reads or hands through. */
function capturedBy(node: ConditionNode): Set<Value> {
  const captured = new Set<Value>();
  for (const { scope, results } of node.branches) {
    const note = (value: Value): void => {
      if (!value.scope.isWithin(scope)) captured.add(value);
    };
    visitInputs(scope, note);
    for (const result of results) if (result !== 'absent') note(result);
  }
  return captured;
}

function visitInputs(scope: Scope, visit: (value: Value) => void): void {
  for (const node of scope.nodes) {
    if (!isCondition(node)) node.inputs.forEach(visit);
    else {
      for (const branch of node.branches) {
        visitInputs(branch.scope, visit);
        for (const result of branch.results) if (result !== 'absent') visit(result);
      }
    }
  }
}
