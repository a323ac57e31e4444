/** @file Devices whose costs of a space are known, from which a new one may learn. */
import { Inject, Injectable } from '@nestjs/common';
import { NotFoundError, ValidationError } from '@sextant/common';
import { mostKnownDevices, type HardwareMetric } from '@sextant/contracts';
import {
  currentVersion,
  HardwareProfileRepository,
  type StoredHardwareProfile,
} from '@sextant/persistence';
import type { KnownDevice, ModelledSpace } from './cost-model-task';
import { StoredModels } from './stored-model';

const nameOf = (space: ModelledSpace): string => (typeof space === 'string' ? space : space.name);

const refuse = (message: string): never => {
  throw new ValidationError(message, [{ pointer: '/transferFrom', message }]);
};

@Injectable()
export class KnownDeviceSource {
  constructor(
    @Inject(HardwareProfileRepository) private readonly profiles: HardwareProfileRepository,
    @Inject(StoredModels) private readonly models: StoredModels,
  ) {}

  /** Every device but `profile` whose current version may know the space, at most 8. */
  async all(profile: string, space: ModelledSpace, metric: HardwareMetric): Promise<KnownDevice[]> {
    const others = await this.profiles.othersWith(profile, metric, nameOf(space));
    const found: KnownDevice[] = [];
    for (const other of others) {
      const device = await this.deviceOf(other, space, metric);
      if (device !== null) found.push(device);
      if (found.length === mostKnownDevices) break;
    }
    return found;
  }

  /** @throws {ValidationError} one of them is not there, is the device itself, or has no such numbers */
  async named(
    profile: string,
    names: readonly string[],
    space: ModelledSpace,
    metric: HardwareMetric,
  ): Promise<KnownDevice[]> {
    if (new Set(names).size < names.length) refuse('names a device twice');
    if (names.includes(profile)) refuse(`${profile} is the device that is fitted`);
    return Promise.all(
      names.map(async (name) => {
        const other = await this.profiles.get(name).catch((error: unknown) => {
          if (error instanceof NotFoundError) return refuse(error.message);
          throw error;
        });
        const device = await this.deviceOf(other, space, metric);
        return device ?? refuse(`${name} has no ${metric} of architectures of ${nameOf(space)}`);
      }),
    );
  }

  /** A model that itself reads other devices is not asked. */
  private async deviceOf(
    other: StoredHardwareProfile,
    space: ModelledSpace,
    metric: HardwareMetric,
  ): Promise<KnownDevice | null> {
    const { version, keys, space: own, rowCounts } = currentVersion(other);
    const isOfSpace = own === null || own === nameOf(space);
    if (keys !== 'architecture' || !isOfSpace || rowCounts[metric] === undefined) return null;
    const model = await this.models.stateOf(other.id, version, metric, space);
    return {
      profile: other.id,
      version,
      values: await this.profiles.values(other.id, version, metric),
      model: model?.model === 'transfer' ? null : model,
    };
  }
}
