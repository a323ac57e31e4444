/** @file Scores of a few networks, the scorer opened and released. */
import { portableLowerings } from '@sextant/engine';
import { openScorer, type ArchitectureScores, type ScorerOptions } from '../src/zero-cost/scorer';
import { proxyNames } from '../src/zero-cost/zero-cost-proxies';
import { smallBatch } from './small-families';

export const smallBatches = [smallBatch(6, 'first'), smallBatch(6, 'second')];

export async function scoresOf<A>(
  options: Pick<ScorerOptions<A>, 'family'> & Partial<ScorerOptions<A>>,
  architectures: readonly A[],
): Promise<ArchitectureScores[]> {
  const scorer = openScorer({
    proxies: proxyNames,
    batches: smallBatches,
    seed: 5,
    threads: 1,
    lowerings: portableLowerings,
    ...options,
  });
  const all: ArchitectureScores[] = [];
  for (const architecture of architectures) all.push(await scorer.score(architecture));
  await scorer.release();
  return all;
}
