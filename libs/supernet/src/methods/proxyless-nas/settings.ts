/** @file What ProxylessNAS is told beside its search space, and what follows from it. */
import { ValidationError } from '@sextant/common';
import type { ProxylessNasOptions } from '@sextant/contracts';
import { macs, type SearchSpace } from '@sextant/search-space';
import type { UpdateOptions } from '../../update';
import type { CostLoss } from './cost-loss';
import { expectedCost, pathCosts, type PathCosts } from './costs';
import { searchEdges, type Edge } from './edges';

export type ProxylessNasSettings = Omit<
  ProxylessNasOptions,
  'checkpointSeconds' | 'latencyProfile'
> & {
  /** Of a device, by edge and candidate, in ms; absent: millions of MACs. */
  readonly costs?: PathCosts;
};

const macsPerUnit = 1e6;

/** What paths cost: the device's, or millions of MACs. */
export const costsOf = (
  space: SearchSpace,
  edges: readonly Edge[],
  { costs }: ProxylessNasSettings,
): PathCosts =>
  costs ?? pathCosts(space, edges, (architecture) => macs(space, architecture) / macsPerUnit);

/** The reference cost: the one asked for, or that of a network drawn uniformly, on average. */
export const referenceOf = ({ referenceLatency }: ProxylessNasSettings, costs: PathCosts): number =>
  referenceLatency ??
  expectedCost(
    costs,
    costs.candidates.map((all) => all.map(() => 1 / all.length)),
  );

/** @throws {ValidationError} `mul#log` where costs may be 1 or less */
export function costLossOf(settings: ProxylessNasSettings, costs: PathCosts): CostLoss {
  const reference = referenceOf(settings, costs);
  const { latencyLoss, latencyWeight: weight, latencyFactor: factor } = settings;
  if (latencyLoss === 'none') return { form: 'none' };
  if (latencyLoss === 'add#linear') return { form: 'add#linear', weight, reference };
  const least = costs.candidates.reduce((sum, all) => sum + Math.min(...all), costs.fixed);
  if (Math.min(least, reference) <= 1) {
    const message = `mul#log takes logarithms of costs, which must be over 1: the smallest network costs ${least}, the reference is ${reference}; use add#linear`;
    throw new ValidationError(message, [{ pointer: '/method/options/latencyLoss', message }]);
  }
  return { form: 'mul#log', factor, power: settings.latencyPower, reference };
}

/** Checks what `costLossOf` throws. @throws {ValidationError | UnsupportedSearchSpaceError} */
export function requireCostLoss(space: SearchSpace, settings: ProxylessNasSettings): void {
  costLossOf(settings, costsOf(space, searchEdges(space), settings));
}

export const updateOptions = ({
  momentum,
  gradientClip,
  weightDecay,
}: ProxylessNasSettings): UpdateOptions => ({
  optimizer: 'sgd',
  momentum,
  gradientClip,
  weightDecay,
});
