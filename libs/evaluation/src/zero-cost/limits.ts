/** @file Which architectures a zero-cost search may score: those within every limit, by costs that are known before any score. */
import { InfeasibleConstraintError, ValidationError } from '@sextant/common';
import type { CostLimits, SearchBy } from '@sextant/contracts';
import type { Encoding } from '@sextant/search-space';
import { familyOf } from '@sextant/supernet';
import { resolveSpace } from '../request';
import { requireFeasible } from '../require-feasible';
import {
  cellSpaceName,
  scorableSpace,
  type ImageShape,
  type ScorableSpace,
} from './scorable-space';

/** Costs of hardware profiles by official number; null: not known. */
export type NumberedCosts = (cost: string) => Promise<readonly (number | null)[]>;

/** Where costs come from; asked only for what is limited. */
export interface CostSources {
  readonly image: () => Promise<ImageShape>;
  readonly profileCost: NumberedCosts;
}

/** Every upper limit, those of `constraints` under the names that costs have. */
export function scoringLimits({ constraints, method }: SearchBy<'zero-cost'>): CostLimits {
  const { maxMacs, maxParams } = constraints;
  return {
    ...(maxMacs === undefined ? {} : { macs: maxMacs }),
    ...(maxParams === undefined ? {} : { paramCount: maxParams }),
    ...method.options.limits,
  };
}

/** @throws {ValidationError} a limited cost is not known before an architecture runs, or not of this space */
export function requireKnownCosts(spec: SearchBy<'zero-cost'>): void {
  for (const cost of Object.keys(scoringLimits(spec))) {
    const refuse = (message: string): never => {
      const pointer = `/method/options/limits/${cost}`;
      throw new ValidationError(message, [{ pointer, message }]);
    };
    if (cost === 'latencyMs')
      refuse('nothing is timed here; name a profile, as in latencyMs@pixel3');
    if (cost.includes('@') && spec.space !== cellSpaceName) {
      refuse(`hardware profiles know costs of ${cellSpaceName} only ahead of a search`);
    }
  }
}

type Fits = (encoding: Encoding) => boolean;

/** Is an architecture within every limit? What is not known is not within. */
export async function withinLimits(
  spec: SearchBy<'zero-cost'>,
  sources: CostSources,
): Promise<Fits> {
  const space = scorableSpace(spec.space);
  const limits = Object.entries(scoringLimits(spec));
  if (limits.length === 0) return () => true;
  const costs = await costsOf(space, Object.keys(scoringLimits(spec)), sources);
  return (encoding) => {
    const known = costs(encoding);
    return limits.every(([cost, limit]) => (known(cost) ?? Infinity) <= limit);
  };
}

/** Looks up the limited costs of an architecture. */
async function costsOf(
  space: ScorableSpace,
  names: readonly string[],
  { image, profileCost }: CostSources,
): Promise<(encoding: Encoding) => (cost: string) => number | null> {
  const shape = await image();
  const tables = new Map<string, readonly (number | null)[]>();
  for (const cost of names.filter((it) => it.includes('@'))) {
    tables.set(cost, await profileCost(cost));
  }
  return (encoding) => {
    const counted = space.costs(encoding, shape);
    const number = tables.size > 0 ? space.numberOf(encoding) : null;
    return (cost) => {
      if (cost === 'macs' || cost === 'paramCount') return counted[cost];
      return number === null ? null : (tables.get(cost)?.[number] ?? null);
    };
  };
}

/** @throws {InfeasibleConstraintError} no architecture of the space meets every limit: with the smallest costs there are */
export async function requireFeasibleScoring(
  spec: SearchBy<'zero-cost'>,
  sources: CostSources,
): Promise<void> {
  const limits = scoringLimits(spec);
  const names = Object.keys(limits);
  if (names.length === 0) return;
  const space = scorableSpace(spec.space);
  const networks = space.networks();
  if (networks === null) {
    const { macs: maxMacs, paramCount: maxParams } = limits;
    return requireFeasible(familyOf(resolveSpace(spec.space)), { maxMacs, maxParams });
  }
  const costs = await costsOf(space, names, sources);
  const smallest = new Map<string, number>();
  let fitting = 0;
  for (const network of networks) {
    const known = costs(network);
    for (const name of names) {
      smallest.set(name, Math.min(smallest.get(name) ?? Infinity, known(name) ?? Infinity));
    }
    fitting += Number(
      names.every((name) => (known(name) ?? Infinity) <= (limits[name] ?? Infinity)),
    );
  }
  if (fitting > 0) return;
  const asked = Object.entries(limits).map(([name, limit]) => `${name} ≤ ${limit}`);
  const least = [...smallest].filter(([, value]) => Number.isFinite(value));
  throw new InfeasibleConstraintError(
    `none of ${networks.length} networks of ${space.name} meets ${asked.join(' and ')}; the smallest of each: ` +
      (least.map(([name, value]) => `${name} ${value}`).join(', ') || 'none is known'),
    Object.fromEntries(least),
  );
}
