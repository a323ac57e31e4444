/** @file What the loss says about each value of each decision, from the gradients of the weights alone. */
import type { Family } from './family';

/** Places of each decision's values in one vector, those of all decisions end to end. */
export function valueOffsets<A>({ decisions }: Pick<Family<A>, 'decisions'>): {
  readonly offsets: readonly number[];
  readonly total: number;
} {
  let total = 0;
  const offsets = decisions.map(({ values }) => {
    const offset = total;
    total += values.length;
    return offset;
  });
  return { offsets, total };
}

/**
 * ∂L/∂pᵢⱼ of every value j of every decision i, where a value's weights are those of all values up to it: p' = Σⱼ pⱼ·mⱼ,
 * mⱼ = 1 up to j and 0 beyond, so ∂L/∂pⱼ = Σ_{l ≤ j} ∂L/∂p'ₗ, and scaling increment l scales its places together:
 * ∂L/∂p'ₗ = Σ θ·∂L/∂θ over them. Shapes: theta and gradients [P] → [Σ values], decisions in order.
 * @see Zhang et al. 2023, ShiftNAS, eq. 9 — cumulative masks. Differs: increments beyond the active one count as 0, since
 * the sampled network alone is computed; the paper multiplies masks into the whole network.
 */
export function taskGradient<A>(
  family: Pick<Family<A>, 'decisions' | 'increments'>,
  architecture: A,
  theta: Float32Array,
  gradients: Float32Array,
): Float32Array {
  const { offsets, total } = valueOffsets(family);
  const byValue = new Float64Array(total);
  for (const { decision, increment, places } of family.increments(architecture)) {
    let scaled = 0;
    for (const at of places) scaled += (theta[at] as number) * (gradients[at] as number);
    const at = (offsets[decision] as number) + increment;
    byValue[at] = (byValue[at] as number) + scaled;
  }
  family.decisions.forEach(({ values }, decision) => {
    const first = offsets[decision] as number;
    for (let at = first + 1; at < first + values.length; at++) {
      byValue[at] = (byValue[at] as number) + (byValue[at - 1] as number);
    }
  });
  return Float32Array.from(byValue);
}
