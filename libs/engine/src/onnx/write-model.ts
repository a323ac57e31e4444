/** @file A graph written as an ONNX model under one lowering. */
import { ShapeError } from '@sextant/common';
import { choicesOf, dimsKey, isStatic, type Dim, type Dims, type SymbolicDim } from '../graph/dims';
import {
  keepsBlocks,
  type Emitter,
  type Lowering,
  type NodeOptions,
  type Storage,
  type Stored,
} from '../graph/emitter';
import { liveInArm, liveNodes } from '../graph/live-nodes';
import {
  isCondition,
  type AnyNode,
  type Branch,
  type BranchResult,
  type ConditionNode,
  type Graph,
  type Node,
} from '../graph/graph';
import type { TensorType, Value } from '../graph/value';
import { converted } from '../lowering/storage';
import {
  graphProto,
  modelBytes,
  nodeProto,
  tensorProto,
  valueInfo,
  type GraphProto,
  type NodeProto,
  type TensorProto,
} from './protobuf';

export interface ModelOptions {
  readonly lowering: Lowering;
  readonly metadata?: Readonly<Record<string, string>>;
}

const opset = 17;
const microsoftDomains = ['com.microsoft', 'com.microsoft.nchwc'];
export const producerVersion = '0.1.0';

/**
 * The graph as a serialised ONNX model; run-time sizes become int64 arithmetic on the inputs.
 * @throws {ShapeError} a choice is asked for that has no known alternatives
 */
export function writeModel(graph: Graph, { lowering, metadata = {} }: ModelOptions): Uint8Array {
  const model = new ModelWriter(lowering, new Set(graph.inputs.map(({ name }) => name)));
  for (const { name, value } of graph.inputs) model.place(value, ordered(name));
  for (const { value, data } of graph.constants) {
    const name = model.initializer(value.type.dims as readonly number[], data);
    model.place(value, ordered(name));
  }
  const body = new ScopeWriter(model);
  body.emitAll(liveNodes(graph));
  for (const { name, value } of graph.outputs) body.alias(body.stored(value, 'ordered'), name);
  return modelBytes({
    graph: graphProto({
      name: 'sextant',
      nodes: [...model.prologue.nodes, ...body.nodes],
      initializers: model.initializers,
      inputs: graph.inputs.map(({ name, value }) =>
        valueInfo(name, value.type.dtype, storedDims(value.type, lowering)),
      ),
      outputs: graph.outputs.map(({ name, value }) => valueInfo(name, value.type.dtype)),
    }),
    domains: model.domains,
    producerVersion,
    metadata,
  });
}

const ordered = (name: string): Stored => ({ name, storage: 'ordered' });

/** Dims in the order a value is stored in: features may be channels-first. */
function storedDims({ layout, dims }: TensorType, { featureOrder }: Lowering): Dims {
  const [n, c, ...space] = dims;
  const swapped = layout === 'feature' && featureOrder === 'CNHW';
  return swapped && n !== undefined && c !== undefined ? [c, n, ...space] : dims;
}

/** What the scopes of one model share: names, constants, and run-time sizes, which are computed first. */
class ModelWriter {
  private readonly places = new Map<Value, Stored>();
  readonly initializers: TensorProto[] = [];
  readonly domains = new Map([['', opset]]);
  readonly prologue: ScopeWriter;
  private readonly pooled = new Map<string, string>();
  private nextName = 0;

  constructor(
    readonly lowering: Lowering,
    private readonly inputNames: ReadonlySet<string>,
  ) {
    this.prologue = new ScopeWriter(this);
  }

  freshName(): string {
    return `t${this.nextName++}`;
  }

  place(value: Value, stored: Stored): void {
    this.places.set(value, stored);
  }

  /** Where a value was put when it was made. */
  placeOf(value: Value): Stored {
    const stored = this.places.get(value);
    if (stored === undefined) throw new ShapeError(`value ${value.id} is read before it is made`);
    return stored;
  }

  initializer(dims: readonly number[], data: Float32Array | BigInt64Array): string {
    const name = this.freshName();
    this.initializers.push(tensorProto(name, dims, data));
    return name;
  }

  /** Small constants and run-time sizes exist once, under a key. */
  pool(key: string, make: () => string): string {
    const known = this.pooled.get(key);
    if (known !== undefined) return known;
    const name = make();
    this.pooled.set(key, name);
    return name;
  }

  useDomain(domain: string): void {
    if (microsoftDomains.includes(domain)) this.domains.set(domain, 1);
  }

  /** A run-time size as an int64 vector of one element. */
  size(dim: Dim): string {
    if (typeof dim === 'number') return this.prologue.ints([dim]);
    return this.pool(`size ${dim.key}`, () => this.computeSize(dim));
  }

  private computeSize(dim: SymbolicDim): string {
    const scope = this.prologue;
    const elementOf = (vector: string, index: number): string =>
      scope.node('Slice', [vector, scope.ints([index]), scope.ints([index + 1])]);
    if (dim.kind === 'element' || dim.kind === 'axis') {
      if (!this.inputNames.has(dim.input)) {
        throw new ShapeError(
          `size ${dim.key} reads the input ${dim.input}, which the graph has not`,
        );
      }
      return dim.kind === 'element'
        ? elementOf(dim.input, dim.index)
        : elementOf(scope.node('Shape', [dim.input]), dim.axis);
    }
    const operators = { add: 'Add', sub: 'Sub', mul: 'Mul', floorDiv: 'Div', min: 'Min' } as const;
    return scope.node(operators[dim.kind], [this.size(dim.left), this.size(dim.right)]);
  }
}

/** Nodes of one scope: the root, an arm of a condition, or one alternative of a dispatch. */
class ScopeWriter implements Emitter {
  readonly nodes: NodeProto[] = [];
  readonly lowering: Lowering;
  private readonly conversions = new Map<string, string>();

  constructor(
    private readonly model: ModelWriter,
    private readonly parent: ScopeWriter | null = null,
  ) {
    this.lowering = model.lowering;
  }

  stored(value: Value, storage: Storage): string {
    const from = this.model.placeOf(value);
    if (from.storage === storage) return from.name;
    const key = `${value.id} ${storage}`;
    const known = this.conversion(key);
    if (known !== undefined) return known;
    const name = converted(this, value, from, storage);
    this.conversions.set(key, name);
    return name;
  }

  private conversion(key: string): string | undefined {
    return this.conversions.get(key) ?? this.parent?.conversion(key);
  }

  emitAll(nodes: readonly AnyNode[]): void {
    for (const node of nodes) {
      if (isCondition(node)) {
        this.emitCondition(node);
        continue;
      }
      const outputs = this.emitOp(node);
      node.outputs.forEach((output, at) => this.model.place(output, outputs[at] as Stored));
    }
  }

  private emitOp(node: Node): readonly Stored[] {
    const { op, inputs, outputs } = node;
    if (keepsBlocks(this.lowering)) {
      const blocked = op.emitBlocked?.(this, node);
      if (blocked) return blocked;
    }
    const isBlocked = (value: Value): boolean => this.model.placeOf(value).storage === 'blocked';
    const storage = op.anyStorage && inputs.some(isBlocked) ? 'blocked' : 'ordered';
    const storageOf = ({ type }: Value): Storage =>
      type.layout === 'feature' ? storage : 'ordered';
    const names = inputs.map((input) => this.stored(input, storageOf(input)));
    const results = op.emit(this, node, names);
    return outputs.map((output, at) => ({
      name: results[at] as string,
      storage: storageOf(output),
    }));
  }

  /** Gives a value a name of the caller's choice. */
  alias(from: string, to: string): void {
    this.nodes.push(nodeProto('Identity', to, [from], [to]));
  }

  node(opType: string, inputs: readonly string[], options: NodeOptions = {}): string {
    return this.nodeWithOutputs(opType, inputs, 1, options)[0] as string;
  }

  nodeWithOutputs(
    opType: string,
    inputs: readonly string[],
    count: number,
    { attributes = {}, domain = '' }: NodeOptions = {},
  ): string[] {
    const outputs = Array.from({ length: count }, () => this.model.freshName());
    this.model.useDomain(domain);
    this.nodes.push(nodeProto(opType, outputs[0] as string, inputs, outputs, attributes, domain));
    return outputs;
  }

  floats(data: Float32Array | readonly number[], dims: readonly number[]): string {
    const values = Float32Array.from(data);
    if (values.length > 16) return this.model.initializer(dims, values);
    const key = `floats ${dims.join()} ${values.join()}`;
    return this.model.pool(key, () => this.model.initializer(dims, values));
  }

  scalar(value: number): string {
    return this.floats([value], []);
  }

  ints(values: readonly number[]): string {
    return this.model.pool(`ints ${values.join()}`, () =>
      this.model.initializer([values.length], BigInt64Array.from(values.map(BigInt))),
    );
  }

  sizes(dims: readonly Dim[]): string {
    if (isStatic(dims)) return this.ints(dims);
    return this.model.pool(`sizes ${dimsKey(dims)}`, () => {
      const parts = dims.map((dim) => this.model.size(dim));
      if (parts.length === 1) return parts[0] as string;
      return this.model.prologue.node('Concat', parts, { attributes: { axis: { int: 0 } } });
    });
  }

  shared(key: string, build: (emitter: Emitter) => string): string {
    return this.model.pool(`shared ${key}`, () => build(this.model.prologue));
  }

  dispatch(
    dims: readonly Dim[],
    emit: (emitter: Emitter, values: readonly number[]) => string,
    chosen: readonly number[] = [],
  ): string {
    const dim = dims[chosen.length];
    if (dim === undefined) return emit(this, chosen);
    const choices = choicesOf(dim);
    if (!choices) throw new ShapeError(`dispatch on ${dimsKey([dim])}: its choices are not known`);
    return this.dispatchOne(dim, choices, (scope, value) =>
      scope.dispatch(dims, emit, [...chosen, value]),
    );
  }

  private dispatchOne(
    dim: Dim,
    choices: readonly number[],
    emit: (scope: ScopeWriter, value: number) => string,
  ): string {
    const [choice, ...others] = choices as readonly [number, ...number[]];
    if (others.length === 0) return emit(this, choice);
    const arm = (build: (scope: ScopeWriter) => string): GraphProto => {
      const scope = new ScopeWriter(this.model, this);
      return scope.asArm([build(scope)], ['float32']);
    };
    const matches = this.model.pool(`is ${dimsKey([dim])} ${choice}`, () => {
      const { prologue } = this.model;
      return prologue.node('Squeeze', [
        prologue.node('Equal', [this.model.size(dim), prologue.ints([choice])]),
      ]);
    });
    const arms = [
      arm((scope) => emit(scope, choice)),
      arm((scope) => scope.dispatchOne(dim, others, emit)),
    ] as const;
    return this.ifNode(matches, arms, 1)[0] as string;
  }

  private choose(dim: Dim, arms: readonly [GraphProto, GraphProto], count: number): string[] {
    const isSet = this.model.pool(`set ${dimsKey([dim])}`, () => {
      const { prologue } = this.model;
      const bool = prologue.node('Cast', [this.model.size(dim)], {
        attributes: { to: { int: 9 } },
      });
      return prologue.node('Squeeze', [bool]);
    });
    return this.ifNode(isSet, arms, count);
  }

  private ifNode(
    condition: string,
    [thenBranch, elseBranch]: readonly [GraphProto, GraphProto],
    count: number,
  ): string[] {
    const outputs = Array.from({ length: count }, () => this.model.freshName());
    this.nodes.push(
      nodeProto('If', outputs[0] as string, [condition], outputs, {
        then_branch: thenBranch,
        else_branch: elseBranch,
      }),
    );
    return outputs;
  }

  /** What either arm has in blocks, the other hands out in blocks as well. */
  private emitCondition({ condition, branches, outputs }: ConditionNode): void {
    const scopes = branches.map((branch) => {
      const writer = new ScopeWriter(this.model, this);
      writer.emitAll(liveInArm(branch));
      return writer;
    });
    const isBlocked = (result: BranchResult | undefined): boolean =>
      result !== undefined &&
      result !== 'absent' &&
      this.model.placeOf(result).storage === 'blocked';
    const storages = outputs.map((_, at): Storage =>
      branches.some(({ results }) => isBlocked(results[at])) ? 'blocked' : 'ordered',
    );
    const dtypes = outputs.map((output) => output.type.dtype);
    const arms = scopes.map((writer, arm) => {
      const results = (branches[arm] as Branch).results.map((result, at) =>
        result === 'absent'
          ? writer.placeholder(dtypes[at] === 'int64')
          : writer.stored(result, storages[at] as Storage),
      );
      return writer.asArm(results, dtypes);
    });
    const names = this.choose(condition, arms as [GraphProto, GraphProto], outputs.length);
    outputs.forEach((output, at) =>
      this.model.place(output, { name: names[at] as string, storage: storages[at] as Storage }),
    );
  }

  private placeholder(isInteger: boolean): string {
    return isInteger ? this.ints([0]) : this.floats([0], [1]);
  }

  /** A sub-graph hands out values of its own, each once; what comes from outside gets an alias. */
  private asArm(results: readonly string[], dtypes: readonly Value['type']['dtype'][]): GraphProto {
    const own = new Set(this.nodes.flatMap(({ output }) => output));
    const names = results.map((result) =>
      own.delete(result) ? result : this.node('Identity', [result]),
    );
    return graphProto({
      name: this.model.freshName(),
      nodes: this.nodes,
      outputs: names.map((name, at) => valueInfo(name, dtypes[at] ?? 'float32')),
    });
  }
}
