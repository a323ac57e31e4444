import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import {
  HardwareMeasurementPage,
  HardwareProfileDetail,
  Problem,
  TableImport,
} from '@sextant/contracts';
import { publishedTable } from '@sextant/hardware/testing';
import { cellAt, cellKey } from '@sextant/search-space';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../../testing/test-api';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());

const root = '/v1/hardware-profiles';
const csv = { 'content-type': 'text/csv' };
const gzip = { 'content-type': 'application/gzip' };
const ndjson = { 'content-type': 'application/x-ndjson' };

async function create(id: string, fields: object = {}): Promise<void> {
  const conditions = { device: 'a board', runtime: 'a runtime 1.0' };
  const payload = { id, source: 'imported', space: 'nas-bench-201', conditions, ...fields };
  const response = await api.inject({ method: 'POST', url: root, payload });
  expect(response.statusCode).toBe(201);
}
const upload = (path: string, payload: string | Buffer, headers: Record<string, string> = csv) =>
  api.inject({ method: 'POST', url: `${root}/${path}`, payload, headers });
const detail = async (id: string) =>
  HardwareProfileDetail.parse((await api.inject(`${root}/${id}`)).json());

describe('POST /v1/hardware-profiles/:profile/tables', () => {
  it('stores what is good and accounts for the rest', async () => {
    await create('some');
    const response = await upload('some/tables', 'idx,latency\n0,5\n1,-1\n0,6\n2,4,7\n');
    expect(response.statusCode).toBe(201);
    const { version, report, profile } = TableImport.parse(response.json());
    expect([version, report.rows, report.accepted]).toEqual([1, 4, { latencyMs: 1 }]);
    expect(report.refused.map(({ reason, lines }) => [reason, lines])).toEqual([
      ['not-positive', [3]],
      ['duplicate', [4]],
      ['malformed', [5]],
    ]);
    expect(profile.current).toMatchObject({ version: 1, rows: { latencyMs: 1 } });
    expect(profile.current.sealedAt).not.toBeNull();
    const rows = HardwareMeasurementPage.parse(
      (await api.inject(profile.links.measurements)).json(),
    );
    expect(rows.items).toMatchObject([
      { key: cellKey(cellAt(0)), metric: 'latencyMs', value: 5, p10: 5, p90: 5, n: null },
    ]);
  });

  it('makes a new version of a second table, under the conditions it is told', async () => {
    await create('again');
    await upload('again/tables', 'idx,value\n0,5\n');
    const path = 'again/tables?runtime=a%20runtime%202.0&measuredOn=2026-11-01&energyMj=e';
    await upload(path, 'idx,e\n0,7\n');
    const { versions, current } = await detail('again');
    expect(versions.map(({ version, rows }) => [version, rows])).toEqual([
      [2, { energyMj: 1 }],
      [1, { latencyMs: 1 }],
    ]);
    expect(current.conditions).toMatchObject({
      runtime: 'a runtime 2.0',
      measuredOn: '2026-11-01',
    });
  });

  it.each([
    ['gzip', gzipSync('idx,value\n7,1\n'), gzip, ''],
    ['NDJSON', '{"arch":7,"value":1}\n{"arch":8}\nno\n', ndjson, ''],
    ['gzip of NDJSON', gzipSync('{"idx":"7","latencyMs":1}'), gzip, '?format=ndjson'],
  ])('reads %s', async (name, payload, headers, query) => {
    const id = name.toLowerCase().replaceAll(' ', '-');
    await create(id);
    const response = await upload(`${id}/tables${query}`, payload, headers);
    const { report } = TableImport.parse(response.json());
    expect(report.accepted).toEqual({ latencyMs: 1 });
    if (name === 'NDJSON') {
      expect(report.refused.map(({ reason, lines }) => [reason, lines])).toEqual([
        ['missing', [2]],
        ['malformed', [3]],
      ]);
    }
  });

  it('can be tried without storing anything', async () => {
    await create('tried');
    const response = await upload('tried/tables?dryRun=true', 'idx,value\n0,5\n');
    expect(TableImport.parse(response.json())).toMatchObject({
      version: null,
      report: { accepted: { latencyMs: 1 } },
      profile: { current: { rows: {} } },
    });
  });

  it('is an error where every row is refused, and stores nothing', async () => {
    await create('none');
    const response = await upload('none/tables', 'idx,value\n0,-1\n99999,1\n');
    const problem = Problem.parse(response.json());
    expect(problem).toMatchObject({ status: 422, code: 'table-refused' });
    expect(problem.errors?.map(({ message }) => message)).toEqual([
      '1 × not-positive in latencyMs (first in line 2)',
      '1 × unknown-architecture (first in line 3)',
    ]);
    expect((await detail('none')).versions).toMatchObject([{ rows: {}, sealedAt: null }]);
  });

  it.each([
    ['columns it cannot tell', 'idx,a_latency,b_latency\n0,1,2\n', csv, 400, 'validation'],
    ['broken gzip', Buffer.from('idx,value\n0,5\n'), gzip, 400, 'validation'],
    ['broken CSV', 'idx,"value\n0,5\n', csv, 400, 'validation'],
    [
      'broken gzip of NDJSON',
      Buffer.from('{}'),
      { ...ndjson, 'content-encoding': 'gzip' },
      400,
      'validation',
    ],
    ['JSON', '{}', { 'content-type': 'application/json' }, 415, 'unsupported-media-type'],
    ['nothing', 'idx,value\n', csv, 422, 'table-refused'],
  ])('refuses %s', async (_, payload, headers, status, code) => {
    if (_ === 'columns it cannot tell') await create('refusing');
    const response = await upload('refusing/tables', payload, headers);
    expect(response.json()).toMatchObject({ status, code });
    expect((await detail('refusing')).current.rows).toEqual({});
  });

  it('refuses an upload without end', async () => {
    await create('endless');
    const response = await upload('endless/tables', gzipSync('\n'.repeat(33 * 2 ** 20)), gzip);
    expect(response.json()).toMatchObject({ status: 413, code: 'body-too-large' });
  });

  it('has no profile to import to', async () => {
    const response = await upload('nobody/tables', 'idx,value\n0,5\n');
    expect(response.json()).toMatchObject({ status: 404 });
  });
});

const hwNasBench = publishedTable('hw_nas_bench/nb201_cifar10.csv.gz');

describe.skipIf(!hwNasBench.isPresent)(`HW-NAS-Bench${hwNasBench.without}`, () => {
  it('edgetpu: 10,926 cells are stored, 4,699 refused', async () => {
    await create('edgetpu');
    const response = await upload('edgetpu/tables', readFileSync(hwNasBench.file), gzip);
    const { report, profile } = TableImport.parse(response.json());
    expect(report.refused).toMatchObject([{ reason: 'not-positive', count: 4699 }]);
    expect(profile.current.rows).toEqual({ latencyMs: 10_926 });
    const [stored] = await api.database.dataSource.query<{ count: string }[]>(
      `select count(*) from hardware_row where profile_id = 'edgetpu'`,
    );
    expect(Number(stored?.count)).toBe(10_926);
  });
});

const pixel = publishedTable('lut_proxyless_pixel/pixel.csv.gz');

it.skipIf(!pixel.isPresent)(`takes a lookup table of blocks${pixel.without}`, async () => {
  await create('pixel1', { space: null, keys: 'block' });
  const response = await upload('pixel1/tables', readFileSync(pixel.file), gzip);
  const { profile } = TableImport.parse(response.json());
  expect(profile.current).toMatchObject({ keys: 'block', rows: { latencyMs: 72 } });
});
