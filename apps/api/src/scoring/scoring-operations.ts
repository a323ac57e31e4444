/** @file The routes of scores, labels, predictors and reports in words. */
import {
  CreatePredictor,
  ImportLabelsQuery,
  LabelImport,
  LabelPage,
  PredictorList,
  PredictorView,
  ReportList,
  ReportView,
  ScoredPage,
} from '@sextant/contracts';
import { z } from 'zod';
import { PageQuery } from '../http/pagination';
import { ok, tagged, type Answer, type Operation } from '../openapi/operation';
import { ScoresQuery } from './scores.service';

const tag = 'scoring';
const search = '/v1/searches/:id';
const parameters = { id: z.uuid() };
const accepted = (body: Answer['body'], headers: Answer['headers'] = {}): Answer => ({
  status: 202,
  description: 'Accepted',
  body,
  headers,
});

export const scoringOperations: readonly Operation[] = [
  {
    id: 'listScores',
    method: 'get',
    path: `${search}/scores`,
    tag,
    summary: 'Architectures of a zero-cost search, ranked; partial while it runs',
    parameters,
    query: ScoresQuery,
    answer: tagged(ok(ScoredPage, 'One page')),
    problems: [400, 404, 409, 503],
  },
  {
    id: 'importLabels',
    method: 'put',
    path: `${search}/labels`,
    tag,
    summary:
      'Accuracies of your own, CSV or NDJSON: architecture, index or candidate, and accuracy; unusable rows are counted, the others stored at once',
    parameters,
    query: ImportLabelsQuery,
    body: 'any-table',
    answer: ok(LabelImport, 'What was stored, and what was refused for which reason'),
    problems: [400, 404, 409, 413, 415, 503],
  },
  {
    id: 'listLabels',
    method: 'get',
    path: `${search}/labels`,
    tag,
    summary: 'Labels of a search',
    parameters,
    query: PageQuery,
    answer: tagged(ok(LabelPage, 'One page')),
    problems: [400, 404, 409, 503],
  },
  {
    id: 'createPredictor',
    method: 'post',
    path: `${search}/predictors`,
    tag,
    summary: 'Learn from the labels and predict every scored architecture',
    parameters,
    body: CreatePredictor,
    answer: accepted(PredictorView, {
      Location: 'The predictor',
      'Retry-After': 'Seconds to the first poll',
    }),
    problems: [400, 404, 409, 413, 415, 503],
  },
  {
    id: 'listPredictors',
    method: 'get',
    path: `${search}/predictors`,
    tag,
    summary: 'Predictors of a search, newest first',
    parameters,
    answer: tagged(ok(PredictorList, 'The newest 100')),
    problems: [404, 409, 503],
  },
  {
    id: 'getPredictor',
    method: 'get',
    path: `${search}/predictors/:number`,
    tag,
    summary: 'State of a predictor, what was picked and why',
    parameters: { ...parameters, number: z.int() },
    answer: {
      ...tagged(ok(PredictorView, 'The predictor')),
    },
    problems: [404, 503],
  },
  {
    id: 'createReport',
    method: 'post',
    path: `${search}/reports`,
    tag,
    summary: 'Compare every proxy and predictor with the labels as they are now',
    parameters,
    answer: accepted(ReportView),
    problems: [404, 409, 503],
  },
  {
    id: 'listReports',
    method: 'get',
    path: `${search}/reports`,
    tag,
    summary: 'Rank correlations with the labels, sign kept, baselines beside; newest first',
    parameters,
    answer: tagged(ok(ReportList, 'The newest 100')),
    problems: [404, 409, 503],
  },
];
