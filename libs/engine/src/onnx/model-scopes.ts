/** @file Every graph inside a model: the main one, the arms and bodies nested in it, and the model's own functions. */
import type {
  AttributeProto,
  ModelProto,
  NodeProto,
  SparseTensorProto,
  TensorProto,
} from './protobuf';

export interface Scope {
  readonly kind: 'main' | 'sub-graph' | 'function';
  /** Where it is, for messages: `If "cond_1"`. */
  readonly where: string;
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
  readonly sparseInitializers: readonly SparseTensorProto[];
}

/** The default domain has two spellings. */
export const domainOf = ({ domain }: { readonly domain: string }): string =>
  domain === 'ai.onnx' ? '' : domain;

/** `Conv`, or `com.microsoft:FusedConv` outside the default domain. */
export function operatorOf(node: { readonly opType: string; readonly domain: string }): string {
  const domain = domainOf(node);
  return domain === '' ? node.opType : `${domain}:${node.opType}`;
}

function* graphAttributes(nodes: readonly NodeProto[]): Generator<Scope> {
  for (const node of nodes) {
    const where = `${operatorOf(node)} "${node.name || (node.output[0] ?? '')}"`;
    for (const attribute of node.attribute) {
      for (const graph of attribute.g ? [attribute.g, ...attribute.graphs] : attribute.graphs) {
        yield {
          kind: 'sub-graph',
          where,
          nodes: graph.node,
          initializers: graph.initializer,
          sparseInitializers: graph.sparseInitializer,
        };
      }
    }
  }
}

/** Outer graphs come before those nested in them; the order is that of the file. */
export function scopesOf({ graph, functions }: ModelProto): Scope[] {
  const scopes: Scope[] = functions.map(({ node, name }) => ({
    kind: 'function',
    where: `function "${name}"`,
    nodes: node,
    initializers: [],
    sparseInitializers: [],
  }));
  if (graph) {
    const { node: nodes, initializer: initializers, sparseInitializer: sparseInitializers } = graph;
    scopes.unshift({ kind: 'main', where: 'the graph', nodes, initializers, sparseInitializers });
  }
  // The list grows while it is read, so that graphs of any depth are reached without recursion.
  for (const scope of scopes) for (const inner of graphAttributes(scope.nodes)) scopes.push(inner);
  return scopes;
}

const sparseParts = ({ values, indices }: SparseTensorProto): TensorProto[] =>
  [values, indices].filter((part) => part !== undefined);

const attributeTensors = ({ t, tensors, sparseTensor, sparseTensors }: AttributeProto) => [
  ...(t ? [t] : []),
  ...tensors,
  ...(sparseTensor ? sparseParts(sparseTensor) : []),
  ...sparseTensors.flatMap(sparseParts),
];

/** Tensors stored in a scope itself: initializers, and attributes such as the value of a Constant. */
export const tensorsOf = (scope: Scope): readonly TensorProto[] => [
  ...scope.initializers,
  ...scope.sparseInitializers.flatMap(sparseParts),
  ...scope.nodes.flatMap(({ attribute }) => attribute.flatMap(attributeTensors)),
];
