/** @file Small graphs on literal numbers, in the float64 reference and in ONNX Runtime. */
import type { Lowering } from '../src/graph/emitter';
import { Graph } from '../src/graph/graph';
import { plain, type TensorType, type Value } from '../src/graph/value';
import { writeModel } from '../src/onnx/write-model';
import { Session } from '../src/runtime/session';
import { lowerings } from './gradcheck';
import { evaluate, type Feeds } from './reference';
import { fromResult, toFeed } from './tensors';

/** Literal contents: a number is a scalar, a flat list a plain vector; anything else says its type. */
export type Literal =
  number | readonly number[] | { readonly type: TensorType; readonly data: readonly number[] };

/** ONNX forbids an output with an input's name, which a state that is updated would have. */
const mark = 'next ';
const unmarked = (name: string): string => name.slice(mark.length);

type Outputs = Readonly<Record<string, readonly number[]>>;

const typed = (
  literal: Literal,
): { readonly type: TensorType; readonly data: readonly number[] } => {
  if (typeof literal === 'number') return { type: plain([]), data: [literal] };
  return 'type' in literal ? literal : { type: plain([literal.length]), data: literal };
};

/** Every output of `build`, row-major, once from the reference and once per lowering from ONNX Runtime. */
export async function evaluateLiterals(
  literals: Readonly<Record<string, Literal>>,
  build: (inputs: Record<string, Value>) => Readonly<Record<string, Value>>,
): Promise<readonly Outputs[]> {
  const graph = new Graph();
  const given = Object.entries(literals).map(([name, literal]) => [name, typed(literal)] as const);
  const inputs = given.map(([name, { type }]) => [name, graph.input(name, type)] as const);
  const outputs = build(Object.fromEntries(inputs));
  for (const [name, value] of Object.entries(outputs)) graph.output(`${mark}${name}`, value);
  const feeds: Feeds = Object.fromEntries(
    given.map(([name, { type, data }]) => [
      name,
      { dims: type.dims as readonly number[], data: Float64Array.from(data) },
    ]),
  );
  const reference = Object.entries(evaluate(graph, feeds)).map(
    ([name, { data }]) => [unmarked(name), [...data]] as const,
  );
  const runs = Object.values(lowerings).map((lowering) => runOnce(graph, feeds, lowering));
  return [Object.fromEntries(reference), ...(await Promise.all(runs))];
}

async function runOnce(graph: Graph, feeds: Feeds, lowering: Lowering): Promise<Outputs> {
  const session = await Session.create(writeModel(graph, { lowering }), {
    threads: 1,
    optimization: 'none',
  });
  try {
    const order = lowering.featureOrder;
    const fed = graph.inputs.map(({ name, value }) => {
      const feed = feeds[name] as NonNullable<(typeof feeds)[string]>;
      return [name, toFeed(feed, value.type, order)] as const;
    });
    const results = await session.run(Object.fromEntries(fed));
    return Object.fromEntries(
      graph.outputs.map(({ name, value }) => {
        const result = results[name] as NonNullable<(typeof results)[string]>;
        return [unmarked(name), [...fromResult(result, value.type, order).data]];
      }),
    );
  } finally {
    await session.release();
  }
}
