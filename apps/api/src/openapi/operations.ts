/** @file Every route in words: what it takes, what it answers. A test holds it against the routes served. */
import {
  BestQuery,
  BestView,
  CandidateDetail,
  CandidateId,
  CandidatePage,
  CreateSearch,
  SearchEstimate,
  ParetoQuery,
  ParetoView,
  SearchView,
} from '@sextant/contracts';
import { z } from 'zod';
import { benchmarkOperations } from '../benchmarks/benchmark-operations';
import { CandidateQuery } from '../candidates/candidates.service';
import { DatasetList } from '../datasets/dataset.view';
import { Liveness, Readiness } from '../health/health.view';
import { agentOperations } from '../hardware-profiles/agent-operations';
import { hardwareOperations } from '../hardware-profiles/hardware-operations';
import { hardwareQueryOperations } from '../hardware-queries/hardware-query-operations';
import { PageQuery } from '../http/pagination';
import { SearchPage } from '../searches/search.view';
import { scoringOperations } from '../scoring/scoring-operations';
import { SearchSpaceDetail, SearchSpaceList } from '../search-spaces/search-space.view';
import { ok, tagged, type Answer, type Operation } from './operation';

const pollable = (answer: Answer): Answer => ({
  ...answer,
  headers: { ...answer.headers, 'Retry-After': 'Seconds; absent once the search has ended' },
});
const searchPath = { id: z.uuid() };
const candidatePath = { id: z.uuid(), candidateId: CandidateId };
const candidates = '/v1/searches/:id/candidates';

export const operations: readonly Operation[] = [
  {
    id: 'createSearch',
    method: 'post',
    path: '/v1/searches',
    tag: 'searches',
    summary: 'Submit a search; it is durable once this answers',
    headers: {
      'Idempotency-Key': 'Repeat a submit safely: the same body answers the same search',
    },
    body: CreateSearch,
    answer: {
      status: 202,
      description: 'Accepted',
      body: SearchView,
      headers: {
        Location: 'The search',
        'Retry-After': 'Seconds to the first poll',
        'Idempotency-Replayed': '`true` where an earlier request with this key made the search',
      },
    },
    problems: [400, 413, 415, 422, 503],
  },
  {
    id: 'estimateSearch',
    method: 'post',
    path: '/v1/searches/dry-run',
    tag: 'searches',
    summary: 'Can the limits be met, and what would the search take; nothing is started',
    body: CreateSearch,
    answer: ok(SearchEstimate, 'The estimate, and how uncertain it is'),
    problems: [400, 413, 415, 422, 503],
  },
  {
    id: 'listSearches',
    method: 'get',
    path: '/v1/searches',
    tag: 'searches',
    summary: 'Searches, newest first',
    query: PageQuery,
    answer: tagged(ok(SearchPage, 'One page')),
    problems: [400, 503],
  },
  {
    id: 'getSearch',
    method: 'get',
    path: '/v1/searches/:id',
    tag: 'searches',
    summary: 'State, progress and result of a search',
    parameters: searchPath,
    answer: pollable(tagged(ok(SearchView, 'The search'))),
    problems: [404, 503],
  },
  {
    id: 'cancelSearch',
    method: 'post',
    path: '/v1/searches/:id/cancel',
    tag: 'searches',
    summary: 'Stop a search; repeating it is not an error',
    parameters: searchPath,
    answer: pollable({ status: 202, description: 'Cancelled, or about to be', body: SearchView }),
    problems: [404, 409, 503],
  },
  {
    id: 'listCandidates',
    method: 'get',
    path: candidates,
    tag: 'candidates',
    summary: 'Evaluated architectures, best validation accuracy first, or by any cost',
    parameters: searchPath,
    query: CandidateQuery,
    answer: tagged(ok(CandidatePage, 'One page')),
    problems: [400, 404, 503],
  },
  {
    id: 'getBest',
    method: 'get',
    path: '/v1/searches/:id/best',
    tag: 'candidates',
    summary: 'The most accurate architecture within limits, on the worker or a hardware profile',
    parameters: searchPath,
    query: BestQuery,
    answer: tagged(ok(BestView, 'The answer; `feasible: false` where nothing fits')),
    problems: [400, 404, 503],
  },
  {
    id: 'getPareto',
    method: 'get',
    path: '/v1/searches/:id/pareto',
    tag: 'candidates',
    summary: 'The Pareto front of two to four objectives, and its hypervolume over time',
    parameters: searchPath,
    query: ParetoQuery,
    answer: tagged(ok(ParetoView, 'The front; empty while no candidate has every objective')),
    problems: [400, 404, 503],
  },
  {
    id: 'getCandidate',
    method: 'get',
    path: `${candidates}/:candidateId`,
    tag: 'candidates',
    summary: 'One architecture, with its prediction for every test image',
    parameters: candidatePath,
    answer: tagged(ok(CandidateDetail, 'The candidate')),
    problems: [404, 503],
  },
  {
    id: 'getModel',
    method: 'get',
    path: `${candidates}/:candidateId/model.onnx`,
    tag: 'candidates',
    summary: 'The trained network: uint8 images [N,C,H,W] in, class scores out',
    parameters: candidatePath,
    answer: tagged(ok('application/octet-stream', 'ONNX')),
    problems: [404, 503],
  },
  ...benchmarkOperations,
  ...scoringOperations,
  ...hardwareOperations,
  ...agentOperations,
  ...hardwareQueryOperations,
  {
    id: 'listDatasets',
    method: 'get',
    path: '/v1/datasets',
    tag: 'data sets',
    summary: 'Data sets a search can use',
    answer: tagged(ok(DatasetList, 'All')),
    problems: [],
  },
  {
    id: 'listSearchSpaces',
    method: 'get',
    path: '/v1/search-spaces',
    tag: 'search spaces',
    summary: 'Search spaces that come with Sextant',
    answer: tagged(ok(SearchSpaceList, 'All')),
    problems: [],
  },
  {
    id: 'getSearchSpace',
    method: 'get',
    path: '/v1/search-spaces/:name',
    tag: 'search spaces',
    summary: 'One search space, as data to start from',
    parameters: { name: z.string() },
    answer: tagged(ok(SearchSpaceDetail, 'The search space')),
    problems: [404],
  },
  {
    id: 'getSearchSpaceSchema',
    method: 'get',
    path: '/v1/schemas/search-space',
    tag: 'search spaces',
    summary: 'JSON Schema of a search space',
    answer: ok('application/schema+json', 'JSON Schema 2020-12'),
    problems: [],
  },
  {
    id: 'getLiveness',
    method: 'get',
    path: '/health/live',
    tag: 'operation',
    summary: 'The process answers',
    answer: ok(Liveness, 'It does'),
    problems: [],
  },
  {
    id: 'getReadiness',
    method: 'get',
    path: '/health/ready',
    tag: 'operation',
    summary: 'Requests can be served: the database answers',
    answer: ok(Readiness, 'They can'),
    problems: [503],
  },
  {
    id: 'getMetrics',
    method: 'get',
    path: '/metrics',
    tag: 'operation',
    summary: 'Prometheus metrics',
    answer: ok('text/plain', 'Exposition format 0.0.4'),
    problems: [],
  },
  {
    id: 'getOpenApi',
    method: 'get',
    path: '/openapi.json',
    tag: 'operation',
    summary: 'This document',
    answer: ok(z.looseObject({ openapi: z.string() }), 'OpenAPI 3.1'),
    problems: [],
  },
];
