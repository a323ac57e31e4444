/** @file Models of what architectures cost on a device: fitted to its measurements, stored with their error, used on candidates. */
import { Inject, Injectable } from '@nestjs/common';
import { rng, ValidationError } from '@sextant/common';
import {
  costKey,
  type CandidateCost,
  type FitHardwareModel,
  type FittedHardwareModel,
} from '@sextant/contracts';
import { resolveSpace } from '@sextant/evaluation';
import {
  CandidateRepository,
  HardwareProfileRepository,
  SearchRepository,
  versionAt,
  type StoredHardwareVersion,
} from '@sextant/persistence';
import type {
  CostModelRequest,
  FittedCosts,
  KeyedRequest,
  KnownDevices,
  ModelledSpace,
} from './cost-model-task';
import { CostModelProcess } from './cost-model-process';
import { modelView } from './hardware-profile.view';
import { KnownDeviceSource } from './known-devices';
import { ProfileCostsService } from './profile-costs.service';
import { storedModel } from './stored-model';

/** Of the choice of rows and of the folds. */
const seed = 0;
/** From so many on a device is judged by its own measurements, unless others are named. */
const fewMeasurements = 20;

interface Measured {
  readonly key: string;
  readonly cost: number;
}

@Injectable()
export class CostModelsService {
  constructor(
    @Inject(HardwareProfileRepository) private readonly profiles: HardwareProfileRepository,
    @Inject(SearchRepository) private readonly searches: SearchRepository,
    @Inject(CandidateRepository) private readonly candidates: CandidateRepository,
    @Inject(ProfileCostsService) private readonly tables: ProfileCostsService,
    @Inject(KnownDeviceSource) private readonly knownDevices: KnownDeviceSource,
    @Inject(CostModelProcess) private readonly process: CostModelProcess,
  ) {}

  /**
   * @throws {InsufficientDataError} fewer than 10 measurements of that space
   * @throws {ValidationError} the version says nothing about the space of the search
   */
  async fit(profile: string, spec: FitHardwareModel): Promise<FittedHardwareModel> {
    const version = versionAt(await this.profiles.get(profile), spec.version);
    const space = await this.spaceOf(version, spec);
    if (spec.searchId !== undefined) await this.tables.record(profile, { searchId: spec.searchId });
    const request = await this.requestFor(profile, version, space, spec);
    const fitted = await this.process.fit(request);
    const summary = summaryOf(fitted, request.measured.length, space);
    await this.profiles.saveModel(profile, version.version, {
      metric: spec.metric,
      kind: fitted.state.model,
      model: storedModel(space, fitted),
      summary,
    });
    const predicted =
      spec.searchId === undefined
        ? null
        : await this.record(spec.searchId, costs(profile, version, spec, fitted));
    const stored = await this.profiles.model(profile, version.version, spec.metric);
    if (stored === null) throw new ValidationError('the profile was removed meanwhile');
    return { model: modelView(version.version, stored), predicted };
  }

  /** Cells where the version says so; else the space of the search that is named. */
  private async spaceOf(
    version: StoredHardwareVersion,
    { searchId }: FitHardwareModel,
  ): Promise<ModelledSpace> {
    if (version.keys === 'block') {
      const message =
        'a lookup table of blocks is added up, not fitted to: POST …/costs, sextant hw costs';
      throw refusal('/version', message);
    }
    const asked = searchId === undefined ? null : (await this.searches.get(searchId)).spec.space;
    const own = version.space ?? asked;
    if (own === null) {
      throw refusal(
        '/searchId',
        'this version holds candidates of any space; name a search of the one you mean',
      );
    }
    if (asked !== null && version.space !== null && asked !== version.space) {
      throw refusal('/searchId', `this version is of ${version.space}, the search is not`);
    }
    return own === 'nas-bench-201' ? own : resolveSpace(own);
  }

  private async requestFor(
    profile: string,
    version: StoredHardwareVersion,
    space: ModelledSpace,
    spec: FitHardwareModel,
  ): Promise<CostModelRequest | KeyedRequest> {
    const { metric, rows: most, searchId } = spec;
    const values = await this.profiles.values(profile, version.version, metric);
    const all = [...values].map(([key, cost]): Measured => ({ key, cost }));
    const cost = costKey(metric, profile);
    const targets = searchId === undefined ? [] : await this.profiles.unmeasured(searchId, cost);
    const rest = { space, targets, seed };
    if (space === 'nas-bench-201') {
      const measured = someOf(all, most);
      const known = await this.knownFor(profile, space, spec, measured.length);
      return { ...rest, measured, known };
    }
    const architectures = await this.profiles.architectures(
      profile,
      version.version,
      metric,
      searchId ?? '',
    );
    const found = all.filter(({ key }) => architectures.has(key));
    const measured = someOf(found, most).map(({ key, cost: value }) => ({
      architecture: architectures.get(key),
      cost: value,
    }));
    const known = await this.knownFor(profile, space, spec, measured.length);
    return { ...rest, measured, known };
  }

  /** By name; else, of few measurements, whatever there is. */
  private async knownFor(
    profile: string,
    space: ModelledSpace,
    { metric, transferFrom }: FitHardwareModel,
    measured: number,
  ): Promise<KnownDevices | null> {
    if (transferFrom === 'none') return null;
    if (transferFrom !== 'auto') {
      const devices = await this.knownDevices.named(profile, transferFrom, space, metric);
      return { devices, mayLeaveOut: false };
    }
    if (measured > fewMeasurements) return null;
    return { devices: await this.knownDevices.all(profile, space, metric), mayLeaveOut: true };
  }

  private record(searchId: string, all: readonly CandidateCost[]): Promise<number> {
    return this.candidates.recordCosts(searchId, null, all);
  }
}

const refusal = (pointer: string, message: string): ValidationError =>
  new ValidationError(message, [{ pointer, message }]);

/** At most `most`, drawn without replacement. The same measurements give the same draw. */
const someOf = (all: readonly Measured[], most: number): readonly Measured[] =>
  all.length <= most ? all : rng(seed, 'cost-model-rows').shuffle(all).slice(0, most);

const nameOf = (space: ModelledSpace): string => (typeof space === 'string' ? space : space.name);

/** What people read of the model; `HardwareModelView` but for what the row itself says. */
const summaryOf = (
  { state, compared, reason, knownDevices }: FittedCosts,
  rows: number,
  space: ModelledSpace,
) => ({
  space: nameOf(space),
  rows,
  level: state.level,
  crossValidatedError: state.crossValidatedError,
  compared,
  reason,
  knownDevices: knownDevices.map(({ profile }) => profile),
});

function costs(
  profile: string,
  { version, conditions }: StoredHardwareVersion,
  { metric }: FitHardwareModel,
  { state, predictions }: FittedCosts,
): CandidateCost[] {
  const { device, runtime, batch, threads, precision } = conditions;
  const { n, meanAbsolutePercentageError, kendallTau } = state.crossValidatedError;
  return predictions.map(({ id, value, lower, upper }) => ({
    candidateId: id,
    cost: costKey(metric, profile),
    value,
    lower,
    upper,
    evidence: 'predicted',
    n: 0,
    conditions: {
      device,
      runtime,
      batch,
      threads,
      precision,
      version,
      model: state.model,
      level: state.level,
      crossValidated: { n, meanAbsolutePercentageError, kendallTau },
    },
  }));
}
