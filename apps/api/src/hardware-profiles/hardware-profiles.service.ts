/** @file Rules of hardware profiles: which version a reader means. */
import { Inject, Injectable } from '@nestjs/common';
import {
  HardwareMetric,
  HardwareProfileId,
  type CreateHardwareProfile,
  type CreateHardwareVersion,
  type HardwareMeasurementView,
  type HardwareProfileDetail,
  type HardwareProfileView,
} from '@sextant/contracts';
import {
  HardwareProfileRepository,
  versionAt,
  type StoredHardwareProfile,
  type StoredHardwareRow,
} from '@sextant/persistence';
import { z } from 'zod';
import { PageQuery, pageOf, type Page } from '../http/pagination';
import { measurementView, profileDetail, profileView } from './hardware-profile.view';

export const MeasurementsQuery = PageQuery.extend({
  version: z.coerce.number().pipe(z.int().min(1)).optional(),
  metric: HardwareMetric.optional(),
});
export type MeasurementsQuery = z.infer<typeof MeasurementsQuery>;

const position = z.strictObject({ metric: z.string(), key: z.string() });

@Injectable()
export class HardwareProfilesService {
  constructor(
    @Inject(HardwareProfileRepository) private readonly profiles: HardwareProfileRepository,
  ) {}

  async create(spec: CreateHardwareProfile): Promise<HardwareProfileDetail> {
    return profileDetail(await this.profiles.create(spec));
  }

  async addVersion(id: string, spec: CreateHardwareVersion): Promise<HardwareProfileDetail> {
    return profileDetail(await this.profiles.addVersion(id, spec));
  }

  async get(id: string): Promise<HardwareProfileDetail> {
    return profileDetail(await this.profiles.get(id));
  }

  async list(page: PageQuery): Promise<Page<HardwareProfileView>> {
    const { items, nextCursor } = await pageOf(page, {
      position: HardwareProfileId,
      positionOf: ({ id }: StoredHardwareProfile) => id,
      load: (limit, after) => this.profiles.list(limit, after),
    });
    return { items: items.map(profileView), nextCursor };
  }

  async measurements(id: string, query: MeasurementsQuery): Promise<Page<HardwareMeasurementView>> {
    const { version } = versionAt(await this.profiles.get(id), query.version);
    const { items, nextCursor } = await pageOf(query, {
      position,
      positionOf: ({ metric, key }: StoredHardwareRow) => ({ metric, key }),
      load: (limit, after) =>
        this.profiles.rows(id, version, { metric: query.metric ?? null, limit, after }),
    });
    return { items: items.map(measurementView), nextCursor };
  }

  delete(id: string): Promise<void> {
    return this.profiles.delete(id);
  }
}
