/** @file Values that instruments find in the arms of a graph for all architectures, gathered at its root. */
import { dimsKey, type Graph, type Value } from '@sextant/engine';

/** What stands for values of arms that do not run, one constant a size. */
export class Gathered {
  readonly values: Value[] = [];
  private readonly standIns = new Map<string, Value>();

  /** @param absent every element of a value whose arm does not run */
  constructor(
    private readonly graph: Graph,
    private readonly absent: number,
  ) {}

  add(value: Value): void {
    this.values.push(value);
  }

  /** To be called when the network is built: every value at the root. */
  hoisted(): readonly Value[] {
    return this.values.map((value) =>
      value.scope.parent ? this.graph.hoist(value, this.standIn(value)) : value,
    );
  }

  private standIn({ type }: Value): Value {
    const key = dimsKey(type.dims);
    const known = this.standIns.get(key);
    if (known) return known;
    const dims = type.dims as readonly number[];
    const data = new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(this.absent);
    const made = this.graph.constant(data, dims);
    this.standIns.set(key, made);
    return made;
  }
}
