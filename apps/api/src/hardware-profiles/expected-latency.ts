/** @file What the models of a device expect of one candidate: a claim that is far off is not believed. */
import { Inject, Injectable } from '@nestjs/common';
import type { HardwareConditions } from '@sextant/contracts';
import { resolveSupernetSpace } from '@sextant/evaluation';
import type { CostPrediction } from '@sextant/hardware';
import {
  CandidateRepository,
  SearchRepository,
  type StoredHardwareProfile,
} from '@sextant/persistence';
import { StoredModels } from './stored-model';

@Injectable()
export class ExpectedLatency {
  constructor(
    @Inject(StoredModels) private readonly models: StoredModels,
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
    const { spec } = await this.searches.get(searchId);
    const space = spec.space === 'nas-bench-201' ? spec.space : resolveSupernetSpace(spec.space);
    if (typeof space !== 'string' && space.family !== 'mbconv') return null;
    const { architecture } = await this.candidates.get(searchId, candidateId);
    const predicted = await this.models.predict(profile.id, version.version, 'latencyMs', space, [
      architecture,
    ]);
    return predicted?.[0] ?? null;
  }
}

/** A newer runtime is no reason to be several times off; another batch is. */
const isLike = (a: HardwareConditions, b: HardwareConditions): boolean =>
  a.batch === b.batch && a.threads === b.threads && a.precision === b.precision;
