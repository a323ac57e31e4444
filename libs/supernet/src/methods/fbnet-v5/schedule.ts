/** @file What each step of a search does: warm up, train the weights, or move the distributions. */
import type { FbNetV5Settings } from './input';

export type SearchStep =
  /** The `at`-th step of the weights. */
  | { readonly kind: 'weights'; readonly at: number }
  /** The `at`-th step of the distributions. */
  | { readonly kind: 'topology'; readonly at: number };

type Lengths = Pick<FbNetV5Settings, 'steps' | 'warmUpFraction' | 'topologyEvery'>;

const warmUpSteps = ({ steps, warmUpFraction }: Lengths): number =>
  Math.round(steps * warmUpFraction);

/** Step 0 ≤ step < steps: weights alone in the warm-up, then every `topologyEvery`-th step the distributions. */
export function searchStepAt(step: number, lengths: Lengths): SearchStep {
  const after = step - warmUpSteps(lengths);
  if (after < 0) return { kind: 'weights', at: step };
  const rounds = Math.floor(after / lengths.topologyEvery);
  const isTopology = after % lengths.topologyEvery === lengths.topologyEvery - 1;
  return isTopology ? { kind: 'topology', at: rounds } : { kind: 'weights', at: step - rounds };
}

/** Steps of the weights in all. */
export function weightSteps(lengths: Lengths): number {
  const after = lengths.steps - warmUpSteps(lengths);
  return lengths.steps - Math.floor(after / lengths.topologyEvery);
}
