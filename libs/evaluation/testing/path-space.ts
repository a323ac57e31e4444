/** @file A space of paths for 28×28 garments, small enough to search in a test, and lookup tables of all of its blocks. */
import type { SearchSpace } from '@sextant/search-space';
import { tinyPathSpace } from '@sextant/supernet/testing';
import { profilePathCosts } from '../src/path-costs';

export const garmentPathSpace: SearchSpace = {
  ...tinyPathSpace,
  name: 'garment-paths',
  input: { channels: 1 },
  classes: 10,
};

/** Ms of every block that a network of the space may have, by its name in the form of ProxylessNAS. */
export function blockTable(
  space: SearchSpace,
  msOf: (block: string) => number,
): ReadonlyMap<string, number> {
  const asked = new (class extends Map<string, number> {
    override has(): boolean {
      return true;
    }
    override get(block: string): number {
      this.set(block, msOf(block));
      return msOf(block);
    }
  })();
  profilePathCosts(asked, space);
  return new Map(asked);
}
