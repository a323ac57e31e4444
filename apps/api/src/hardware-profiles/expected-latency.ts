/** @file What the models of a device expect of one candidate: a claim that is far off is not believed. */
import { Inject, Injectable } from '@nestjs/common';
import type { HardwareConditions } from '@sextant/contracts';
import { resolveSpace } from '@sextant/evaluation';
import { costModelFrom, type CostModelState, type CostPrediction } from '@sextant/hardware';
import {
  CandidateRepository,
  HardwareProfileRepository,
  SearchRepository,
  type StoredHardwareProfile,
} from '@sextant/persistence';
import { z } from 'zod';
import { featuresOf } from './space-features';

/** As `CostModelsService` stores it. */
const StoredModel = z.object({
  space: z.union([z.literal('nas-bench-201'), z.record(z.string(), z.unknown())]),
  state: z.looseObject({ version: z.literal(1) }),
});

@Injectable()
export class ExpectedLatency {
  constructor(
    @Inject(HardwareProfileRepository) private readonly profiles: HardwareProfileRepository,
    @Inject(SearchRepository) private readonly searches: SearchRepository,
    @Inject(CandidateRepository) private readonly candidates: CandidateRepository,
  ) {}

  /** The interval of the newest model under like conditions; null where there is none of the candidate's space. */
  async of(
    profile: StoredHardwareProfile,
    conditions: HardwareConditions,
    searchId: string,
    candidateId: string,
  ): Promise<CostPrediction | null> {
    const version = profile.versions.find(
      (it) =>
        isLike(it.conditions, conditions) && it.models.some(({ metric }) => metric === 'latencyMs'),
    );
    if (version === undefined) return null;
    const stored = await this.profiles.model(profile.id, version.version, 'latencyMs');
    if (stored === null) return null;
    const model = StoredModel.parse(stored.model);
    const search = await this.searches.get(searchId);
    if (nameOf(model.space) !== nameOf(search.spec.space)) return null;
    const space = model.space === 'nas-bench-201' ? model.space : resolveSpace(model.space);
    const { architecture } = await this.candidates.get(searchId, candidateId);
    const row = featuresOf(space).of(architecture);
    const [expected = null] = costModelFrom(model.state as unknown as CostModelState).predict([
      row,
    ]);
    return expected;
  }
}

/** A newer runtime is no reason to be several times off; another batch is. */
const isLike = (a: HardwareConditions, b: HardwareConditions): boolean =>
  a.batch === b.batch && a.threads === b.threads && a.precision === b.precision;

const nameOf = (space: unknown): unknown =>
  typeof space === 'object' && space !== null && 'name' in space ? space.name : space;
