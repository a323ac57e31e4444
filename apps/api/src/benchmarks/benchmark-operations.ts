/** @file The routes of benchmarks in words. */
import { BenchmarkId, BenchmarkImport, BenchmarkList, BenchmarkView } from '@sextant/contracts';
import { ok, tagged, type Operation } from '../openapi/operation';

const tag = 'benchmarks';
const root = '/v1/benchmarks';
const benchmark = `${root}/:id`;
const parameters = { id: BenchmarkId };
const imported = ok(BenchmarkImport, 'What was taken, and what was refused for which reason');
const importProblems = [400, 404, 409, 413, 415, 503];

export const benchmarkOperations: readonly Operation[] = [
  {
    id: 'listBenchmarks',
    method: 'get',
    path: root,
    tag,
    summary: 'Imported tables of trained accuracies, and what each holds',
    answer: tagged(ok(BenchmarkList, 'All')),
    problems: [503],
  },
  {
    id: 'getBenchmark',
    method: 'get',
    path: benchmark,
    tag,
    summary: 'One benchmark',
    parameters,
    answer: tagged(ok(BenchmarkView, 'The benchmark')),
    problems: [404, 503],
  },
  {
    id: 'importBenchmarkAccuracies',
    method: 'post',
    path: `${benchmark}/accuracies`,
    tag,
    summary: 'Add accuracies in %, one NAS-Bench-201 cell a row; all or nothing is stored',
    parameters,
    body: 'table',
    answer: imported,
    problems: importProblems,
  },
  {
    id: 'importBenchmarkProxies',
    method: 'post',
    path: `${benchmark}/proxies`,
    tag,
    summary: 'Add scores without training, one NAS-Bench-201 cell a row; all or nothing is stored',
    parameters,
    body: 'table',
    answer: imported,
    problems: importProblems,
  },
];
