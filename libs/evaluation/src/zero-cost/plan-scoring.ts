/** @file What a zero-cost search scores, and in which portions: a function of its request alone. */
import { InfeasibleConstraintError, rng } from '@sextant/common';
import type { SearchBy } from '@sextant/contracts';
import type { Encoding } from '@sextant/search-space';
import { withinLimits, type CostSources } from './limits';
import { scorableSpace, type ScorableSpace } from './scorable-space';

export interface PlannedScoring {
  /** Within the limits, before equal networks were made one. */
  readonly requested: number;
  readonly distinct: number;
  readonly shards: readonly (readonly number[][])[];
}

const betweenBreaths = 250;

function asked(
  spec: SearchBy<'zero-cost'>,
  space: ScorableSpace,
  fits: (encoding: Encoding) => boolean,
): readonly Encoding[] {
  const { architectures } = spec.method.options;
  if (typeof architectures === 'number') {
    return space.draw(architectures, rng(spec.seed, 'architectures'), fits);
  }
  const all =
    architectures === 'all' ? (space.all() ?? []) : architectures.map((it) => space.parse(it));
  return all.filter(fits);
}

/**
 * Each network within the limits once, in the order first asked for, in shards of `shardSize`.
 * @param breathe lets others have the event loop; called often
 * @throws {InvalidArchitectureError} a listed architecture is not in the space
 * @throws {InfeasibleConstraintError} none is within the limits
 */
export async function planScoring(
  spec: SearchBy<'zero-cost'>,
  sources: CostSources,
  breathe: () => Promise<unknown>,
): Promise<PlannedScoring> {
  const space = scorableSpace(spec.space);
  const { shardSize } = spec.method.options;
  const encodings = asked(spec, space, await withinLimits(spec, sources));
  if (encodings.length === 0) {
    throw new InfeasibleConstraintError(
      'no architecture that was asked for is within the limits',
      {},
    );
  }
  const distinct = new Map<string, number[]>();
  for (const [at, encoding] of encodings.entries()) {
    const id = space.idOf(encoding);
    if (!distinct.has(id)) distinct.set(id, [...encoding]);
    if (at % betweenBreaths === 0) await breathe();
  }
  const all = [...distinct.values()];
  const shards = Array.from({ length: Math.ceil(all.length / shardSize) }, (_, at) =>
    all.slice(at * shardSize, (at + 1) * shardSize),
  );
  return { requested: encodings.length, distinct: all.length, shards };
}
