/** @file From a stored query to what whoever asked reads. */
import type { HardwareQueryView } from '@sextant/contracts';
import type { StoredHardwareQuery } from '@sextant/persistence';

/** Measuring takes a device tens of seconds. */
const pollMs = 2000;

export function hardwareQueryView(stored: StoredHardwareQuery): HardwareQueryView {
  const { id, profileId, version, query, answer, createdAt, answeredAt } = stored;
  return {
    id,
    profile: profileId,
    version,
    state: answer ? 'answered' : 'measuring',
    query,
    answer,
    createdAt: createdAt.toISOString(),
    answeredAt: answeredAt?.toISOString() ?? null,
    pollAfterMs: answer ? 0 : pollMs,
    links: { self: `/v1/hardware-profiles/${profileId}/queries/${id}` },
  };
}
