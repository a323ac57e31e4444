/** @file Sums of products of decisions as graph: each decision's one-hot policy picks from a table of numbers. */
import { matmul, mul, sum, type Graph, type Value } from '@sextant/engine';
import type { Choice } from '@sextant/search-space';
import type { Policy } from './family';

export class PolicyForm {
  private readonly byId: ReadonlyMap<string, readonly number[]>;

  constructor(
    private readonly graph: Graph,
    private readonly policy: Policy,
    private readonly rows: number,
    decisions: readonly Choice[],
  ) {
    this.byId = new Map(decisions.map(({ id, values }) => [id, values]));
  }

  valuesOf(id: string): readonly number[] {
    return this.byId.get(id) ?? [];
  }

  number(value: number): Value {
    return this.graph.constant(new Float32Array(this.rows).fill(value), [this.rows, 1]);
  }

  /** Σⱼ p[j]·f(vⱼ), [N,1]. */
  linear(id: string, f: (value: number) => number): Value {
    const values = this.valuesOf(id);
    if (values.length === 1) return this.number(f(values[0] as number));
    const column = Float32Array.from(values, f);
    return matmul(this.policy(id), this.graph.constant(column, [values.length, 1]));
  }

  /** Σᵢⱼ p[i]·q[j]·f(uᵢ, vⱼ), [N,1]; of one decision with itself Σⱼ p[j]·f(vⱼ, vⱼ). */
  bilinear(first: string, second: string, f: (a: number, b: number) => number): Value {
    const [left, right] = [this.valuesOf(first), this.valuesOf(second)];
    if (first === second) return this.linear(first, (value) => f(value, value));
    if (left.length === 1) return this.linear(second, (b) => f(left[0] as number, b));
    if (right.length === 1) return this.linear(first, (a) => f(a, right[0] as number));
    const table = Float32Array.from(left.flatMap((a) => right.map((b) => f(a, b))));
    const picked = matmul(
      this.policy(first),
      this.graph.constant(table, [left.length, right.length]),
    );
    return sum(mul(picked, this.policy(second)), [1]);
  }
}
