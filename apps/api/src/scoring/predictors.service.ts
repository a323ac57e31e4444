/** @file Predictors and reports: asked for here, made by a worker. */
import { Inject, Injectable } from '@nestjs/common';
import { ConflictError } from '@sextant/common';
import {
  CreatePredictor,
  defaultReport,
  PredictorResult,
  ReportResult,
  type PredictorView,
  type ReportView,
} from '@sextant/contracts';
import {
  LabelRepository,
  ScoringRepository,
  TaskRepository,
  type StoredTask,
} from '@sextant/persistence';
import { ZeroCostSearches } from './zero-cost-searches';

const pollMs = 1000;

@Injectable()
export class PredictorsService {
  constructor(
    @Inject(ZeroCostSearches) private readonly searches: ZeroCostSearches,
    @Inject(TaskRepository) private readonly tasks: TaskRepository,
    @Inject(LabelRepository) private readonly labels: LabelRepository,
    @Inject(ScoringRepository) private readonly scoring: ScoringRepository,
  ) {}

  /**
   * Durable once this returns; a worker fits it, and makes a report behind it.
   * @throws {ConflictError} there is nothing to learn from yet
   */
  async create(searchId: string, wanted: CreatePredictor): Promise<PredictorView> {
    await this.requireLabels(searchId, 'train');
    return predictorView(await this.tasks.add(searchId, 'predict', wanted));
  }

  async get(searchId: string, number: number): Promise<PredictorView> {
    return predictorView(await this.tasks.get({ searchId, kind: 'predict', number }));
  }

  async list(searchId: string): Promise<PredictorView[]> {
    await this.searches.spec(searchId);
    return (await this.tasks.list(searchId, 'predict')).map(predictorView);
  }

  /** @throws {ConflictError} there is nothing to compare with yet */
  async report(searchId: string): Promise<ReportView> {
    await this.requireLabels(searchId, 'any');
    return reportView(await this.tasks.add(searchId, 'report', defaultReport));
  }

  async reports(searchId: string): Promise<ReportView[]> {
    await this.searches.spec(searchId);
    return (await this.tasks.list(searchId, 'report')).map(reportView);
  }

  private async requireLabels(searchId: string, which: 'train' | 'any'): Promise<void> {
    await this.searches.spec(searchId);
    const { train, test } = await this.labels.counts(searchId);
    if (train + (which === 'any' ? test : 0) === 0) {
      const split = which === 'train' ? ' with split=train' : '';
      throw new ConflictError(
        `search ${searchId} has no labels to go by; send some to PUT /v1/searches/${searchId}/labels${split}`,
      );
    }
    if ((await this.scoring.scoredCount(searchId)) === 0) {
      throw new ConflictError(`search ${searchId} has scored nothing yet; ask again later`);
    }
  }
}

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

function predictorView(task: StoredTask): PredictorView {
  const { searchId, number, state, error } = task;
  const search = `/v1/searches/${searchId}`;
  return {
    number,
    searchId,
    ...CreatePredictor.parse(task.payload),
    state,
    result: task.result === null ? null : PredictorResult.parse(task.result),
    error,
    createdAt: task.createdAt.toISOString(),
    finishedAt: iso(task.finishedAt),
    pollAfterMs: task.finishedAt ? 0 : pollMs,
    links: {
      self: `${search}/predictors/${number}`,
      scores: `${search}/scores?rankBy=predicted&predictor=${number}`,
    },
  };
}

const reportView = (task: StoredTask): ReportView => ({
  number: task.number,
  searchId: task.searchId,
  state: task.state,
  result: task.result === null ? null : ReportResult.parse(task.result),
  error: task.error,
  createdAt: task.createdAt.toISOString(),
  finishedAt: iso(task.finishedAt),
});
