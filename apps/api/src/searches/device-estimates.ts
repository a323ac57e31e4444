/** @file What the devices that a request names say of the architectures it would look at. */
import { Inject, Injectable } from '@nestjs/common';
import { rng } from '@sextant/common';
import {
  HardwareModelView,
  costKey,
  type BenchmarkTable,
  type DeviceEstimate,
  type HardwareMetric,
} from '@sextant/contracts';
import { asFaultOf } from '@sextant/evaluation';
import { blockTableCost } from '@sextant/hardware';
import {
  currentVersion,
  HardwareProfileRepository,
  type StoredHardwareProfile,
} from '@sextant/persistence';
import {
  maxArchitecture,
  minArchitecture,
  sample,
  type Architecture,
  type SearchSpace,
} from '@sextant/search-space';
import { modelView } from '../hardware-profiles/hardware-profile.view';
import { StoredModels } from '../hardware-profiles/stored-model';

const metric: HardwareMetric = 'latencyMs';
/** Random architectures beside the smallest and the largest. */
const draws = 62;

export type TableCost = BenchmarkTable['costs'][number];

function rangeOf(
  values: readonly number[],
): Pick<DeviceEstimate, 'architectures' | 'smallest' | 'median' | 'largest'> | null {
  const sorted = [...values].sort((a, b) => a - b);
  const [smallest] = sorted;
  const [median, largest] = [sorted[sorted.length >> 1], sorted.at(-1)];
  if (smallest === undefined || median === undefined || largest === undefined) return null;
  return { architectures: sorted.length, smallest, median, largest };
}

/** Every row of a table of cells. */
export function deviceOfTable({ cost, values, conditions }: TableCost): DeviceEstimate[] {
  const range = rangeOf(values.filter((it) => it !== null));
  const version = Number(conditions['version']);
  if (range === null) return [];
  return [{ cost, version, how: 'table', ...range, meanAbsolutePercentageError: null }];
}

@Injectable()
export class DeviceEstimates {
  constructor(
    @Inject(HardwareProfileRepository) private readonly profiles: HardwareProfileRepository,
    @Inject(StoredModels) private readonly models: StoredModels,
  ) {}

  /**
   * Latency over a sample of the space: by the newest model of it, else as sums of the current table of blocks; nothing where
   * a device has neither.
   * @throws {ValidationError} there is no such device
   */
  async ofSpace(ids: readonly string[], space: SearchSpace): Promise<DeviceEstimate[]> {
    const draw = rng(0, 'device-estimates');
    const architectures = [
      minArchitecture(space),
      maxArchitecture(space),
      ...Array.from({ length: draws }, () => sample(space, draw)),
    ];
    const found: DeviceEstimate[] = [];
    for (const [at, id] of ids.entries()) {
      const profile = await this.profiles.get(id).catch(asFaultOf(`/hardware/${at}`));
      const estimate =
        (await this.byModel(profile, space, architectures)) ??
        (await this.byBlocks(profile, space, architectures));
      if (estimate !== null) found.push(estimate);
    }
    return found;
  }

  private async byModel(
    { id, versions }: StoredHardwareProfile,
    space: SearchSpace,
    architectures: readonly Architecture[],
  ): Promise<DeviceEstimate | null> {
    for (const { version, models } of versions) {
      const model = models.find((it) => it.metric === metric);
      if (model === undefined) continue;
      const predicted = await this.models.predict(id, version, metric, space, architectures);
      const range = predicted && rangeOf(predicted.map(({ value }) => value));
      if (range === null) continue;
      const { crossValidatedError }: HardwareModelView = modelView(version, model);
      const { meanAbsolutePercentageError } = crossValidatedError;
      const cost = costKey(metric, id);
      return { cost, version, how: 'model', ...range, meanAbsolutePercentageError };
    }
    return null;
  }

  private async byBlocks(
    profile: StoredHardwareProfile,
    space: SearchSpace,
    architectures: readonly Architecture[],
  ): Promise<DeviceEstimate | null> {
    const { version, keys } = currentVersion(profile);
    if (keys !== 'block') return null;
    const table = await this.profiles.values(profile.id, version, metric);
    const sums = architectures.map((it) => blockTableCost(table, space, it));
    const range = rangeOf(sums.filter((it) => it !== null));
    if (range === null) return null;
    const cost = costKey(metric, profile.id);
    return { cost, version, how: 'blocks', ...range, meanAbsolutePercentageError: null };
  }
}
