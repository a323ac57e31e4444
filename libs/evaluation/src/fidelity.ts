/** @file How the weights of a search's candidates came about, as their accuracies and models say it. */
import type { Fidelity, SearchBy, SupernetMethodName } from '@sextant/contracts';

type OfWeights = Extract<Fidelity, 'supernet-inherited' | 'supernet-fine-tuned' | 'trained'>;

export function fidelityOf({ method }: SearchBy<SupernetMethodName>): OfWeights {
  if (method.name !== 'proxyless-nas') return 'supernet-inherited';
  return method.options.weights === 'fresh' ? 'trained' : 'supernet-fine-tuned';
}

/** In words, for a model's metadata. */
export const weightsBy: Readonly<Record<OfWeights, string>> = {
  'supernet-inherited': 'inherited from the supernet, statistics recalibrated, not retrained',
  'supernet-fine-tuned': 'inherited from the supernet, trained further on their own',
  trained: 'trained on their own, from fresh ones',
};
