/** @file From a stored hardware profile to what a caller reads. */
import {
  HardwareModelView,
  type HardwareMeasurementView,
  type HardwareProfileDetail,
  type HardwareProfileView,
  type HardwareVersionView,
} from '@sextant/contracts';
import {
  currentVersion,
  type StoredHardwareModel,
  type StoredHardwareProfile,
  type StoredHardwareRow,
  type StoredHardwareVersion,
} from '@sextant/persistence';

export const modelView = (
  version: number,
  { metric, kind, summary, createdAt }: Omit<StoredHardwareModel, 'model'>,
): HardwareModelView =>
  HardwareModelView.parse({
    ...(summary as object),
    metric,
    kind,
    version,
    createdAt: createdAt.toISOString(),
  });

export function versionView(it: StoredHardwareVersion): HardwareVersionView {
  return {
    version: it.version,
    source: it.source,
    space: it.space,
    keys: it.keys,
    conditions: it.conditions,
    rows: it.rowCounts,
    sealedAt: it.sealedAt?.toISOString() ?? null,
    createdAt: it.createdAt.toISOString(),
    models: it.models.map((model) => modelView(it.version, model)),
  };
}

export function profileView(profile: StoredHardwareProfile): HardwareProfileView {
  const self = `/v1/hardware-profiles/${profile.id}`;
  return {
    id: profile.id,
    name: profile.name,
    createdAt: profile.createdAt.toISOString(),
    current: versionView(currentVersion(profile)),
    links: { self, measurements: `${self}/measurements` },
  };
}

export const profileDetail = (profile: StoredHardwareProfile): HardwareProfileDetail => ({
  ...profileView(profile),
  versions: profile.versions.map(versionView),
});

export const measurementView = ({
  measuredAt,
  details,
  ...row
}: StoredHardwareRow): HardwareMeasurementView => ({
  ...row,
  measuredAt: measuredAt?.toISOString() ?? null,
  details: { ...details },
});
