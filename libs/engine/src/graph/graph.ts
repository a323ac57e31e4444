/** @file A tensor program: inputs, constants, and nodes in order; branches of a condition are nested scopes. */
import { ShapeError } from '@sextant/common';
import type { Op } from './op';
import { dimsKey, type Dim } from './dims';
import { plain, type TensorType, type Value } from './value';

export interface Node {
  readonly op: Op<object>;
  readonly inputs: readonly Value[];
  readonly attributes: object;
  readonly outputs: readonly Value[];
}

/** A run-time choice between two sub-programs that see every value of the enclosing scopes. */
export interface ConditionNode {
  /** The first arm runs where this size is not 0. */
  readonly condition: Dim;
  readonly branches: readonly [Branch, Branch];
  readonly outputs: Value[];
}

/** One arm: its own nodes and the values it hands out, in the order of the node's outputs. */
export interface Branch {
  readonly scope: Scope;
  readonly results: BranchResult[];
}

/** A value of the arm, or `absent` where the other arm alone has something to hand out. */
export type BranchResult = Value | 'absent';

export type AnyNode = Node | ConditionNode;
export const isCondition = (node: AnyNode): node is ConditionNode => 'condition' in node;

export class Scope {
  readonly nodes: AnyNode[] = [];
  constructor(readonly parent: Scope | null) {}

  /** Is this scope `other`, or nested in it? */
  isWithin(other: Scope): boolean {
    return this === other || (this.parent?.isWithin(other) ?? false);
  }
}

export interface GraphInput {
  readonly name: string;
  readonly value: Value;
}
export type GraphOutput = GraphInput;
export interface GraphConstant {
  readonly value: Value;
  readonly data: Float32Array | BigInt64Array;
}

/** Which arm of `node` holds `value`, at any depth; −1 where neither does. */
const armOf = (node: ConditionNode, value: Value): number =>
  node.branches.findIndex((branch) => value.scope.isWithin(branch.scope));

/** The condition directly around `value`, found from one that is around it at some depth. */
function innermost(node: ConditionNode, value: Value): ConditionNode {
  const arm = node.branches[armOf(node, value) as 0 | 1];
  const inner = arm.scope.nodes.find((it) => isCondition(it) && armOf(it, value) >= 0);
  return inner && isCondition(inner) ? innermost(inner, value) : node;
}

/** An op about to be appended. */
export interface OpCall {
  readonly op: Op<object>;
  readonly inputs: readonly Value[];
  readonly attributes: object;
}

/** Stands around every op of a network: `append` adds it as it is; what is returned stands in for its outputs. */
export type Interceptor = (call: OpCall, append: () => readonly Value[]) => readonly Value[];

/** Builder and container. Ops append to the current scope; nothing is ever removed. */
export class Graph {
  readonly root = new Scope(null);
  readonly inputs: GraphInput[] = [];
  readonly outputs: GraphOutput[] = [];
  readonly constants: GraphConstant[] = [];
  private current = this.root;
  private nextId = 0;
  private readonly readable: ConditionNode[] = [];
  private interceptor: Interceptor | null = null;

  input(name: string, type: TensorType): Value {
    const value = this.value(type, this.root);
    this.inputs.push({ name, value });
    return value;
  }

  output(name: string, value: Value): void {
    if (value.scope !== this.root) throw new ShapeError(`output ${name} lives inside a branch`);
    this.outputs.push({ name, value });
  }

  /** A plain float32 constant of the given dims, row-major. */
  constant(data: Float32Array, dims: readonly number[]): Value {
    const value = this.value(plain(dims), this.root);
    this.constants.push({ value, data });
    return value;
  }

  scalar(number: number): Value {
    return this.constant(Float32Array.of(number), []);
  }

  append(op: Op<object>, given: readonly Value[], attributes: object): readonly Value[] {
    const inputs = given.map((input) => this.reachable(op.name, input));
    const { interceptor } = this;
    if (!interceptor) return this.appendNode({ op, inputs, attributes });
    return this.intercepted(null, () => {
      const call = { op, inputs, attributes };
      return interceptor(call, () => this.appendNode(call));
    });
  }

  /**
   * Runs `build` with `interceptor` around every op it appends; ops that the interceptor itself appends go in as they
   * are. This is how a network is measured, or built without some of its ops, that knows nothing of it.
   */
  intercepted<T>(interceptor: Interceptor | null, build: () => T): T {
    const before = this.interceptor;
    this.interceptor = interceptor;
    try {
      return build();
    } finally {
      this.interceptor = before;
    }
  }

  private appendNode({ op, inputs, attributes }: OpCall): readonly Value[] {
    const types = op.infer(
      inputs.map((input) => input.type),
      attributes,
    );
    const outputs = types.map((type) => this.value(type, this.current));
    this.current.nodes.push({ op, inputs, attributes, outputs });
    return outputs;
  }

  /** Both arms are built at once, each in a scope of its own; they return the same number of values. */
  condition(
    condition: Dim,
    onTrue: () => readonly Value[],
    onFalse: () => readonly Value[],
  ): ConditionNode {
    const branches = [this.branch(onTrue), this.branch(onFalse)] as const;
    const [first, second] = branches;
    if (first.results.length !== second.results.length) {
      throw new ShapeError(
        `condition: arms return ${first.results.length} and ${second.results.length} values`,
      );
    }
    const outputs = first.results.map((result) => this.value((result as Value).type, this.current));
    const node: ConditionNode = { condition, branches, outputs };
    this.current.nodes.push(node);
    return node;
  }

  /**
   * A condition on the same predicate as `forward`, whose arms may read what only the like arm of `forward` has: each
   * such value becomes one more output of `forward`. This is what the gradient of a condition is made of.
   */
  backwardCondition(
    forward: ConditionNode,
    onTrue: () => readonly Value[],
    onFalse: () => readonly Value[],
  ): ConditionNode {
    this.readable.push(forward);
    try {
      return this.condition(forward.condition, onTrue, onFalse);
    } finally {
      this.readable.pop();
    }
  }

  /**
   * A value of an arm as a value of the root: `otherwise`, a root value of the same type, where the arm does not run.
   * @throws {ShapeError} types differ, or `otherwise` is no value of the root
   */
  hoist(value: Value, otherwise: Value): Value {
    if (
      otherwise.scope !== this.root ||
      dimsKey(otherwise.type.dims) !== dimsKey(value.type.dims)
    ) {
      throw new ShapeError(
        `hoist: [${dimsKey(value.type.dims)}] and [${dimsKey(otherwise.type.dims)}] must be equal, the second of the root`,
      );
    }
    let hoisted = value;
    while (hoisted.scope.parent) {
      const { scope } = hoisted;
      const node = scope.parent?.nodes.find(
        (it): it is ConditionNode =>
          isCondition(it) && it.branches.some((arm) => arm.scope === scope),
      );
      if (!node) throw new ShapeError('hoist: the value lives in a branch that is not closed');
      for (const branch of node.branches) {
        branch.results.push(branch.scope === scope ? hoisted : otherwise);
      }
      const output = this.value(value.type, this.scopeOf(node));
      node.outputs.push(output);
      hoisted = output;
    }
    return hoisted;
  }

  private reachable(opName: string, value: Value): Value {
    if (value.graph !== this) throw new ShapeError(`${opName}: an input is of another graph`);
    if (this.current.isWithin(value.scope)) return value;
    const owner = this.readable.find((node) => armOf(node, value) >= 0);
    if (!owner) throw new ShapeError(`${opName}: an input lives in a branch that is not open`);
    return this.reachable(opName, this.expose(innermost(owner, value), value));
  }

  private expose(node: ConditionNode, value: Value): Value {
    const arm = armOf(node, value);
    const at = node.branches[arm as 0 | 1].results.indexOf(value);
    if (at >= 0) return node.outputs[at] as Value;
    const output = this.value(value.type, this.scopeOf(node));
    node.branches.forEach((branch, index) => branch.results.push(index === arm ? value : 'absent'));
    node.outputs.push(output);
    return output;
  }

  private scopeOf(node: ConditionNode): Scope {
    const parent = node.branches[0].scope.parent;
    if (!parent) throw new ShapeError('a condition cannot be the root scope');
    return parent;
  }

  private branch(build: () => readonly Value[]): Branch {
    const enclosing = this.current;
    const scope = new Scope(enclosing);
    this.current = scope;
    try {
      return { scope, results: [...build()] };
    } finally {
      this.current = enclosing;
    }
  }

  private value(type: TensorType, scope: Scope): Value {
    return { id: this.nextId++, graph: this, scope, type };
  }
}
