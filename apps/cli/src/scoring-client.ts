/** @file What a zero-cost search offers over HTTP, as functions. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  LabelImport,
  PredictorList,
  PredictorView,
  ReportList,
  ReportView,
  ScoredPage,
  type ImportLabelsQuery,
  type PredictorName,
} from '@sextant/contracts';
import type { z } from 'zod';
import type { ApiClient } from './api-client';
import { CommandFailed, exitStatus } from './exit-status';

const mediaTypes: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.ndjson': 'application/x-ndjson',
  '.jsonl': 'application/x-ndjson',
};

/** Of a file of labels, by its name. @throws {CommandFailed} it is neither CSV nor NDJSON */
export function labelsType(file: string): Record<string, string> {
  const isGzip = file.endsWith('.gz');
  const type = mediaTypes[path.extname(isGzip ? file.slice(0, -3) : file)];
  if (type === undefined) {
    throw new CommandFailed(
      `${file}: labels are .csv, .ndjson or .jsonl, with or without .gz`,
      exitStatus.usage,
    );
  }
  return { 'content-type': type, ...(isGzip ? { 'content-encoding': 'gzip' } : {}) };
}

const hasEnded = ({ finishedAt }: { finishedAt: string | null }): boolean => finishedAt !== null;

export class ScoringClient {
  private readonly root: string;

  constructor(
    private readonly api: ApiClient,
    searchId: string,
  ) {
    this.root = `/v1/searches/${searchId}`;
  }

  /** The best, by the search's ranking or by the newest predictor. */
  async scores(limit: number, rankBy: 'score' | 'predicted' = 'score'): Promise<ScoredPage> {
    return this.json(ScoredPage, `/scores?limit=${limit}&rankBy=${rankBy}`);
  }

  importLabels(file: string, { split, unit }: ImportLabelsQuery): Promise<LabelImport> {
    return this.json(LabelImport, `/labels?split=${split}&unit=${unit}`, {
      method: 'PUT',
      headers: labelsType(file),
      body: readFileSync(file),
    });
  }

  fit(name: PredictorName, seed: number): Promise<PredictorView> {
    return this.json(PredictorView, '/predictors', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name, seed }),
    });
  }

  /** As soon as it has ended. */
  async fitted(number: number): Promise<PredictorView> {
    for (;;) {
      const predictor = await this.json(PredictorView, `/predictors/${number}`);
      if (hasEnded(predictor)) return predictor;
      await sleep(predictor.pollAfterMs);
    }
  }

  async predictors(): Promise<PredictorView[]> {
    return (await this.json(PredictorList, '/predictors')).items;
  }

  /** A new one, as soon as it has ended. */
  async report(): Promise<ReportView> {
    const { number } = await this.json(ReportView, '/reports', { method: 'POST' });
    for (;;) {
      const { items } = await this.json(ReportList, '/reports');
      const report = items.find((it) => it.number === number);
      if (report && hasEnded(report)) return report;
      await sleep(500);
    }
  }

  private async json<S extends z.ZodType>(
    schema: S,
    where: string,
    init?: RequestInit,
  ): Promise<z.infer<S>> {
    return schema.parse(await (await this.api.send(this.root + where, init)).json());
  }
}
