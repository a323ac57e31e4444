/** @file A cost model as it is stored with a version of a profile, and what it predicts of single architectures. */
import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import { NotFoundError } from '@sextant/common';
import type { HardwareMetric } from '@sextant/contracts';
import { costModelFrom, type CostModelState, type CostPrediction } from '@sextant/hardware';
import { HardwareProfileRepository } from '@sextant/persistence';
import { z } from 'zod';
import type { FittedCosts, KnownDevice, ModelledSpace } from './cost-model-task';
import { keysOf, transferFeatures } from './known-costs';
import { featuresOf } from './space-features';

const StoredModel = z.object({
  space: z.union([z.literal('nas-bench-201'), z.record(z.string(), z.unknown())]),
  state: z.looseObject({ version: z.literal(1) }),
  /** Whose costs `transfer` reads. */
  known: z.array(z.object({ profile: z.string(), version: z.int() })).default([]),
});
type StoredModel = z.infer<typeof StoredModel>;

export const storedModel = (
  space: ModelledSpace,
  { state, knownDevices }: FittedCosts,
): StoredModel => ({
  space: typeof space === 'string' ? space : { ...space },
  state: { ...state },
  known: [...knownDevices],
});

const asJson = (space: unknown): unknown => JSON.parse(JSON.stringify(space)) as unknown;

@Injectable()
export class StoredModels {
  constructor(
    @Inject(HardwareProfileRepository) private readonly profiles: HardwareProfileRepository,
  ) {}

  /** The model of that very space; null where there is none. */
  async stateOf(
    profile: string,
    version: number,
    metric: HardwareMetric,
    space: ModelledSpace,
  ): Promise<CostModelState | null> {
    const stored = await this.find(profile, version, metric, space);
    return stored && (stored.state as unknown as CostModelState);
  }

  /** One prediction an architecture; null where there is no model of that space, or it reads a device that is gone. */
  async predict(
    profile: string,
    version: number,
    metric: HardwareMetric,
    space: ModelledSpace,
    architectures: readonly unknown[],
  ): Promise<CostPrediction[] | null> {
    const stored = await this.find(profile, version, metric, space);
    if (stored === null) return null;
    const model = costModelFrom(stored.state as unknown as CostModelState);
    const keys = architectures.flatMap((architecture) => keysOf(space, architecture));
    const devices = await this.devicesOf(stored, metric, space, keys);
    if (devices === null) return null;
    const features = devices.length > 0 ? transferFeatures(space, devices) : featuresOf(space);
    const rows = architectures.map((architecture) => features.of(architecture));
    return rows.some((row) => row.includes(Number.NaN)) ? null : model.predict(rows);
  }

  private async find(
    profile: string,
    version: number,
    metric: HardwareMetric,
    space: ModelledSpace,
  ): Promise<StoredModel | null> {
    const found = await this.profiles.model(profile, version, metric);
    if (found === null) return null;
    const stored = StoredModel.parse(found.model);
    return isDeepStrictEqual(stored.space, asJson(space)) ? stored : null;
  }

  private async devicesOf(
    { known }: StoredModel,
    metric: HardwareMetric,
    space: ModelledSpace,
    keys: readonly string[],
  ): Promise<KnownDevice[] | null> {
    try {
      return await Promise.all(
        known.map(async ({ profile, version }) => ({
          profile,
          version,
          values: await this.profiles.valuesOf(profile, version, metric, keys),
          model: await this.stateOf(profile, version, metric, space),
        })),
      );
    } catch (error) {
      if (error instanceof NotFoundError) return null;
      throw error;
    }
  }
}
