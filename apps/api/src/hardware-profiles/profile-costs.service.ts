/** @file Costs that a device's table has of the candidates of a search, recorded with them. */
import { Inject, Injectable } from '@nestjs/common';
import {
  costKey,
  type HardwareMetric,
  type RecordedProfileCosts,
  type RecordProfileCosts,
} from '@sextant/contracts';
import { recordProfileCosts } from '@sextant/evaluation';
import {
  CandidateRepository,
  currentVersion,
  HardwareProfileRepository,
  SearchRepository,
} from '@sextant/persistence';

@Injectable()
export class ProfileCostsService {
  constructor(
    @Inject(HardwareProfileRepository) readonly hardwareProfiles: HardwareProfileRepository,
    @Inject(CandidateRepository) readonly candidates: CandidateRepository,
    @Inject(SearchRepository) private readonly searches: SearchRepository,
  ) {}

  /** @throws {NotFoundError} there is no such profile or search */
  async record(profile: string, { searchId }: RecordProfileCosts): Promise<RecordedProfileCosts> {
    const { version, keys, conditions, rowCounts } = currentVersion(
      await this.hardwareProfiles.get(profile),
    );
    const { spec } = await this.searches.get(searchId);
    const search = { id: searchId, epoch: null, space: spec.space };
    const recorded: RecordedProfileCosts['recorded'] = [];
    for (const metric of Object.keys(rowCounts) as HardwareMetric[]) {
      const table = { profile, version, metric, keys, conditions };
      const counts = await recordProfileCosts(this, table, search);
      const cost = costKey(metric, profile);
      recorded.push({
        cost,
        ...counts,
        unknown: await this.hardwareProfiles.countWithoutCost(searchId, cost),
      });
    }
    return { version, recorded };
  }
}
