/** @file A graph run in float64 JavaScript, op by op: slow, small, and the truth that emitted models are held to. */
import { evaluateDim, type DimEnvironment } from '../src/graph/dims';
import type { Float64Tensor } from '../src/graph/float64-tensor';
import { isCondition, type AnyNode, type Graph } from '../src/graph/graph';
import { liveNodes } from '../src/graph/live-nodes';
import type { Value } from '../src/graph/value';

export type Feeds = Readonly<Record<string, Float64Tensor>>;

/** Evaluates outputs of `graph` in float64, with no more of it than they need: every output, or those of `names`. */
export function evaluate(
  graph: Graph,
  feeds: Feeds,
  names: readonly string[] = graph.outputs.map(({ name }) => name),
): Record<string, Float64Tensor> {
  const outputs = graph.outputs.filter(({ name }) => names.includes(name));
  const environment: DimEnvironment = {
    element: (input, index) => feeds[input]?.data[index] as number,
    axis: (input, axis) => feeds[input]?.dims[axis] as number,
  };
  const values = new Map<Value, Float64Tensor>();
  for (const { name, value } of graph.inputs) values.set(value, feeds[name] as Float64Tensor);
  for (const { value, data } of graph.constants) {
    values.set(value, {
      dims: value.type.dims as number[],
      data: Float64Array.from(data as Float32Array),
    });
  }
  const wanted = outputs.map(({ value }) => value);
  runNodes(liveNodes(graph, wanted), values, environment);
  return Object.fromEntries(
    outputs.map(({ name, value }) => [name, values.get(value) as Float64Tensor]),
  );
}

function runNodes(
  nodes: readonly AnyNode[],
  values: Map<Value, Float64Tensor>,
  environment: DimEnvironment,
): void {
  for (const node of nodes) {
    if (isCondition(node)) {
      const arm = node.branches[evaluateDim(node.condition, environment) === 0 ? 1 : 0];
      runNodes(arm.scope.nodes, values, environment);
      arm.results.forEach((result, at) => {
        if (result === 'absent') return;
        values.set(node.outputs[at] as Value, values.get(result) as Float64Tensor);
      });
      continue;
    }
    const inputs = node.inputs.map((input) => values.get(input) as Float64Tensor);
    const outputs = node.op.reference(
      inputs,
      node.attributes,
      (dim) => evaluateDim(dim, environment),
      environment,
    );
    node.outputs.forEach((output, at) => values.set(output, outputs[at] as Float64Tensor));
  }
}
