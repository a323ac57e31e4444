/** @file Can limits on what is counted be met at all? */
import { InfeasibleConstraintError } from '@sextant/common';
import type { CostLimits } from '@sextant/search-space';
import type { AnyFamily } from '@sextant/supernet';

/**
 * The smallest architecture decides: both counts grow with every choice in every space that can be trained.
 * @throws {InfeasibleConstraintError} with the smallest counts there are
 */
export function requireFeasible(family: AnyFamily, limits: CostLimits): void {
  const { name, smallest } = family;
  if (family.meetsLimits(smallest, limits)) return;
  const least = { macs: family.macs(smallest), paramCount: family.paramCount(smallest) };
  throw new InfeasibleConstraintError(
    `no architecture of ${name} fits: the smallest has ${least.macs} MACs and ${least.paramCount} parameters, ` +
      `the limits are ${limits.maxMacs ?? 'any'} MACs and ${limits.maxParams ?? 'any'} parameters`,
    least,
  );
}
