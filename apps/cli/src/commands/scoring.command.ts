/** @file `sextant scores`, `sextant labels import`, `sextant predictor fit|list`, `sextant report`. */
import type { LabelImport, PredictorName } from '@sextant/contracts';
import { ApiClient } from '../api-client';
import { CommandFailed, exitStatus } from '../exit-status';
import { predictorLines, reportTable, scoredTable } from '../output/scoring';
import { ScoringClient } from '../scoring-client';
import type { ApiOptions } from './search.command';

interface OfSearch extends ApiOptions {
  readonly search: string;
}

export interface ScoresOptions extends OfSearch {
  readonly limit: number;
  readonly predicted: boolean;
}

export interface LabelsOptions extends OfSearch {
  readonly test: boolean;
  readonly percent: boolean;
}

export interface FitOptions extends OfSearch {
  readonly name: PredictorName;
  readonly seed: number;
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const clientOf = ({ url, search }: OfSearch): ScoringClient =>
  new ScoringClient(new ApiClient(url), search);

export async function scores(options: ScoresOptions): Promise<void> {
  const rankBy = options.predicted ? 'predicted' : 'score';
  const page = await clientOf(options).scores(options.limit, rankBy);
  if (options.json) print(JSON.stringify(page));
  else scoredTable(page.items).forEach(print);
}

function importLines({ rows, added, updated, unchanged, refused, refusals, labels }: LabelImport) {
  return [
    `${rows} rows: ${added} added, ${updated} updated, ${unchanged} unchanged, ${refused} refused`,
    ...refusals.map(({ line, code, message }) => `  line ${line}: ${code}: ${message}`),
    ...(refused > refusals.length ? [`  … and ${refused - refusals.length} more`] : []),
    `stored: ${labels.train} to learn from, ${labels.test} to compare with`,
  ];
}

export async function importLabels(file: string, options: LabelsOptions): Promise<void> {
  const split = options.test ? 'test' : 'train';
  const unit = options.percent ? 'percent' : 'fraction';
  const imported = await clientOf(options).importLabels(file, { split, unit });
  if (options.json) print(JSON.stringify(imported));
  else importLines(imported).forEach(print);
}

export async function fitPredictor(options: FitOptions): Promise<void> {
  const client = clientOf(options);
  const { number } = await client.fit(options.name, options.seed);
  const predictor = await client.fitted(number);
  if (options.json) print(JSON.stringify(predictor));
  else predictorLines(predictor).forEach(print);
  if (predictor.state !== 'succeeded') {
    throw new CommandFailed(`predictor ${number} ${predictor.state}`, exitStatus.failed);
  }
}

export async function listPredictors(options: OfSearch): Promise<void> {
  const predictors = await clientOf(options).predictors();
  if (options.json) print(JSON.stringify(predictors));
  else predictors.flatMap(predictorLines).forEach(print);
}

export async function report(options: OfSearch): Promise<void> {
  const made = await clientOf(options).report();
  if (options.json) print(JSON.stringify(made));
  if (!made.result) {
    const why = made.error?.message ?? made.state;
    throw new CommandFailed(`there is no report: ${why}`, exitStatus.failed);
  }
  if (!options.json) reportTable(made.result.entries).forEach(print);
}

export type { OfSearch as ReportOptions };
