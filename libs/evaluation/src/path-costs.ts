/** @file What the operations of a ProxylessNAS search cost on a device, by its lookup table of blocks. */
import { UnknownBlockError } from '@sextant/common';
import type { SearchBy, SupernetMethodName } from '@sextant/contracts';
import { blockTableCost } from '@sextant/hardware';
import {
  pathCosts,
  requireCostLoss,
  requirePaths,
  searchEdges,
  type AnySpace,
  type PathCosts,
} from '@sextant/supernet';

/** Ms by block, as ProxylessNAS and Once-for-All name blocks. */
export type BlockLatencies = ReadonlyMap<string, number>;

/**
 * Costs in ms of every operation of a space.
 * @throws {UnsupportedSearchSpaceError} as `requirePaths`
 * @throws {UnknownBlockError} the table lacks a block of some network of the space
 */
export function profilePathCosts(table: BlockLatencies, space: AnySpace): PathCosts {
  requirePaths(space);
  return pathCosts(space, searchEdges(space), (architecture) => {
    const cost = blockTableCost(table, space, architecture);
    if (cost !== null) return cost;
    throw new UnknownBlockError(
      `the lookup table lacks a block of ${space.name}, in a network of depths ${architecture.stages.map(({ blocks }) => blocks.length).join(', ')}`,
    );
  });
}

/**
 * Checks what ProxylessNAS makes of the costs of its operations.
 * @param blockLatencies of the device that the request names, if it does
 * @throws {UnsupportedSearchSpaceError | UnknownBlockError} as `profilePathCosts`
 * @throws {ValidationError} the loss has no value at such costs
 */
export function requirePathCosts(
  { method: { options } }: SearchBy<'proxyless-nas'>,
  space: AnySpace,
  blockLatencies: BlockLatencies | undefined,
): void {
  requirePaths(space);
  const costs = blockLatencies && profilePathCosts(blockLatencies, space);
  requireCostLoss(space, costs ? { ...options, costs } : options);
}

/** A method's options, with the costs of a device where they name one. */
export function methodSettings(
  { method }: SearchBy<SupernetMethodName>,
  space: AnySpace,
  blockLatencies: BlockLatencies | undefined,
) {
  if (method.name !== 'proxyless-nas' || method.options.latencyProfile === null) {
    return method.options;
  }
  return { ...method.options, costs: profilePathCosts(blockLatencies ?? new Map(), space) };
}
