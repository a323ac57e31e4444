import { gzipSync } from 'node:zlib';
import { BenchmarkImport, BenchmarkList, BenchmarkView } from '@sextant/contracts';
import { accuracyCsv, proxyCsv, syntheticCells } from '@sextant/evaluation/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../../testing/test-api';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());

const cells = syntheticCells(25);
const accuracies = accuracyCsv(cells);

const post = (url: string, payload: string | Buffer, headers = { 'content-type': 'text/csv' }) =>
  api.inject({ method: 'POST', url: `/v1/benchmarks/${url}`, payload, headers });

const gzip = { 'content-type': 'application/gzip' };
const encoded = { 'content-type': 'text/csv', 'content-encoding': 'gzip' };

const stored = async (id: string) => (await api.inject(`/v1/benchmarks/${id}`)).json<unknown>();

describe('POST /v1/benchmarks/:id/…', () => {
  it.each([
    ['CSV', 'plain', accuracies, undefined],
    ['a gzip file', 'file', gzipSync(accuracies), gzip],
    ['gzip as content encoding', 'coded', gzipSync(accuracies), encoded],
  ])('takes %s', async (_, id, payload, headers) => {
    const response = await post(`${id}/accuracies`, payload, headers);
    expect(response.statusCode).toBe(200);
    const report = BenchmarkImport.parse(response.json());
    expect(report).toMatchObject({
      rows: 625,
      acceptedRows: 625,
      acceptedValues: 1250,
      importedColumns: ['c10_val_200', 'c10_test_200'],
      ignoredColumns: [],
      refused: [],
    });
    expect(BenchmarkView.parse(await stored(id))).toEqual(report.benchmark);
    expect(report.benchmark.columns[1]).toMatchObject({
      name: 'c10_val_200',
      known: 625,
      images: 25_000,
    });
  });

  it('adds columns to what is there, and repeats without harm', async () => {
    await post('grown/accuracies', accuracies);
    expect((await post('grown/proxies', proxyCsv(cells))).statusCode).toBe(200);
    expect((await post('grown/accuracies', accuracies)).statusCode).toBe(200);
    const { columns } = BenchmarkView.parse(await stored('grown'));
    expect(columns.map(({ kind, name }) => [kind, name])).toEqual([
      ['accuracy', 'c10_test_200'],
      ['accuracy', 'c10_val_200'],
      ['proxy', 'score'],
    ]);
    const { items } = BenchmarkList.parse((await api.inject('/v1/benchmarks')).json());
    expect(items.map(({ id }) => id)).toContain('grown');
  });

  it('never changes a column: another table is a conflict, and nothing of it is stored', async () => {
    await post('fixed/accuracies', accuracies);
    const other = accuracies
      .replace(/^(0,[^,]+),[\d.]+/m, '$1,12.5')
      .replace('c10_test', 'c10_val');
    const renamed = other.replace('c10_val_200,c10_val_200', 'c10_test_12,c10_val_200');
    const response = await post('fixed/accuracies', renamed);
    expect(response.json()).toMatchObject({ status: 409, code: 'conflict' });
    const { columns } = BenchmarkView.parse(await stored('fixed'));
    expect(columns.map(({ name }) => name)).toEqual(['c10_test_200', 'c10_val_200']);
  });

  it.each([
    ['no CSV', '"idx,c10_val_200\n1,50', undefined, 400, 'validation'],
    ['rows of different lengths', 'idx,c10_val_200\n1,50,7', undefined, 400, 'validation'],
    ['no gzip', 'idx,c10_val_200\n1,50', gzip, 400, 'validation'],
    ['gzip that breaks off', gzipSync(accuracies).subarray(0, 2000), gzip, 400, 'validation'],
    ['no column it knows', 'idx,accuracy\n1,50', undefined, 400, 'validation'],
    ['nothing but a header', 'idx,c10_val_200', undefined, 400, 'validation'],
    ['no usable value', 'idx,c10_val_200\n99999,50\n1,200', undefined, 400, 'validation'],
    ['JSON', '{}', { 'content-type': 'application/json' }, 415, 'unsupported-media-type'],
  ])('refuses %s and stores nothing', async (_, payload, headers, status, code) => {
    const response = await post('refused/accuracies', payload, headers);
    expect(response.json()).toMatchObject({ status, code });
    expect(await stored('refused')).toMatchObject({ status: 404 });
  });

  it.each([
    ['bytes', `idx,c10_val_200\n${`1,${'x'.repeat(100_000)}\n`.repeat(340)}`],
    ['records', `idx,c10_val_200\n${'1,2\n'.repeat(100_000)}`],
  ])('refuses what inflates to too many %s', async (_, content) => {
    const bomb = gzipSync(content);
    const response = await post('refused/accuracies', bomb, gzip);
    expect(response.json()).toMatchObject({ status: 413, code: 'body-too-large' });
  });

  it('says why, in numbers', async () => {
    const response = await post('refused/accuracies', 'idx,c10_val_200\n99999,50\n1,200\n2,201');
    expect(response.json()).toMatchObject({
      detail: expect.stringContaining('1 unknown-architecture, 2 out-of-range'),
    });
  });

  it('is the only kind of route that takes a table', async () => {
    const headers = { 'content-type': 'text/csv' };
    const response = await api.inject({
      method: 'POST',
      url: '/v1/searches',
      payload: 'a,b',
      headers,
    });
    expect(response.json()).toMatchObject({ status: 415, code: 'unsupported-media-type' });
  });

  it.each(['UPPER', 'a_b', '..'])('has no benchmark called %s', async (id) => {
    expect(await stored(encodeURIComponent(id))).toMatchObject({ status: 404 });
  });
});
