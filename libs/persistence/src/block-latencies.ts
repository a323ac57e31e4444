/** @file A device's lookup table of blocks, for a search that learns from it. */
import { NotFoundError } from '@sextant/common';
import {
  versionAt,
  type HardwareProfileRepository,
  type ProfileVersions,
} from './repositories/hardware-profile.repository';

/**
 * Ms by block of a profile's current version, or of the one that is pinned.
 * @throws {NotFoundError} there is no such profile, or it has no latencies of blocks
 */
export async function loadBlockLatencies(
  profiles: HardwareProfileRepository,
  id: string,
  pinned?: ProfileVersions,
): Promise<ReadonlyMap<string, number>> {
  const { version, keys } = versionAt(await profiles.get(id), pinned?.[id]);
  const values = keys === 'block' ? await profiles.values(id, version, 'latencyMs') : new Map();
  if (values.size > 0) return values as ReadonlyMap<string, number>;
  throw new NotFoundError(`hardware profile ${id} has no latencies of blocks`);
}
