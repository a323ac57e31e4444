/** @file Which step does what: warm-up, search with its architecture steps, training of the found network. */
import type { ProxylessNasSettings } from './settings';

/** Steps of each phase. */
export interface SearchSchedule {
  readonly warmUp: number;
  readonly search: number;
  readonly training: number;
  /** Steps of an epoch of the search. */
  readonly stepsPerEpoch: number;
  readonly architectureEvery: number;
}

export const scheduleOf = (
  settings: Pick<
    ProxylessNasSettings,
    'warmUpEpochs' | 'searchEpochs' | 'trainingEpochs' | 'architectureEvery'
  >,
  perEpoch: { readonly search: number; readonly training: number },
): SearchSchedule => ({
  warmUp: Math.round(settings.warmUpEpochs * perEpoch.search),
  search: Math.round(settings.searchEpochs * perEpoch.search),
  training: Math.round(settings.trainingEpochs * perEpoch.training),
  stepsPerEpoch: perEpoch.search,
  architectureEvery: settings.architectureEvery,
});

/**
 * Number of the architecture step that follows weight step `step`, from 0; null: none does. The first epoch of the search
 * has none, later ones one after every `architectureEvery`-th of their steps, the first included.
 * @see Cai et al. 2019, ProxylessNAS, the authors' code
 */
export function architectureStepAt(
  step: number,
  { warmUp, search, stepsPerEpoch, architectureEvery }: SearchSchedule,
): number | null {
  const at = step - warmUp - stepsPerEpoch;
  if (at < 0 || step >= warmUp + search) return null;
  const inEpoch = at % stepsPerEpoch;
  if (inEpoch % architectureEvery !== 0) return null;
  const perEpoch = Math.ceil(stepsPerEpoch / architectureEvery);
  return Math.floor(at / stepsPerEpoch) * perEpoch + inEpoch / architectureEvery;
}
