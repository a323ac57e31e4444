/** @file Ten measurements of a device and what others are known to take: made-up devices, and HELP's. */
import path from 'node:path';
import { rng } from '@sextant/common';
import { bundleChild, numbers, readTable, withoutTables } from '@sextant/common/testing';
import { FittedHardwareModel, type FitHardwareModel } from '@sextant/contracts';
import { cellAt, cellCount, formatCell } from '@sextant/search-space';
import { HardwareProfileRepository } from '@sextant/persistence';
import { spearman } from '@sextant/statistics';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../../testing/test-api';
import { StoredModels } from './stored-model';

let api: TestApi;
beforeAll(async () => {
  const fitChild = await bundleChild(path.join(import.meta.dirname, 'fit-cost-model.child.ts'));
  api = await startTestApi((url) => url, { fitChild });
}, 90_000);
afterAll(() => api.stop());

const models = (): StoredModels =>
  new StoredModels(new HardwareProfileRepository(api.database.dataSource));
const cellText = (at: number): string => formatCell(cellAt(at));

const root = '/v1/hardware-profiles';
const post = (url: string, payload: object) => api.inject({ method: 'POST', url, payload });

async function imported(id: string, table: string | Buffer, query = ''): Promise<void> {
  const conditions = { device: id, runtime: 'a runtime 1.0' };
  await post(root, { id, source: 'imported', space: 'nas-bench-201', conditions });
  const type = typeof table === 'string' ? 'text/csv' : 'application/gzip';
  const response = await api.inject({
    method: 'POST',
    url: `${root}/${id}/tables${query}`,
    payload: table,
    headers: { 'content-type': type },
  });
  expect(response.statusCode, response.body).toBe(201);
}

async function fit(id: string, spec: Partial<FitHardwareModel>): Promise<FittedHardwareModel> {
  const response = await post(`${root}/${id}/models`, spec);
  expect(response.statusCode, response.body).toBe(201);
  return FittedHardwareModel.parse(response.json());
}

/** What a made-up device takes for a cell: its own price of each operation, dearer on the later edges. */
const latencyMs = (device: number, at: number): number => {
  const price = [0, 0.2, 1 + device / 4, 3 - device / 5, 0.4 + device / 3];
  return cellAt(at).reduce((sum, operation, edge) => sum + price[operation]! * (1 + edge / 8), 2);
};
const csv = (device: number, cells: readonly number[]): string =>
  ['idx,latencyMs', ...cells.map((at) => `${at},${latencyMs(device, at)}`)].join('\n');
const order = rng(3).shuffle(Array.from({ length: cellCount }, (_, at) => at));

describe('a device of ten measurements beside three known ones', () => {
  const few = order.slice(0, 10);

  beforeAll(async () => {
    // every cell, every cell, and 300 with a model
    await imported('known-1', csv(1, order));
    await imported('known-2', csv(2, order));
    await imported('known-3', csv(3, order.slice(10, 310)));
    await imported('new', csv(4, few));
  }, 60_000);

  it('learns from those that know the architectures, by rows or models, and says what it chose', async () => {
    const first = await fit('new', {});
    expect(first.model).toMatchObject({ kind: 'transfer', rows: 10 });
    expect(first.model.knownDevices).toEqual(['known-1', 'known-2']);
    expect(first.model.reason).toMatch(
      /^transfer ranks the 10 .* known devices: known-1, known-2; left out: known-3 has neither row nor model for 10 of 10/,
    );
    expect(first.model.compared.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['transfer', 'ridge', 'size', 'gaussian-process']),
    );
    await fit('known-3', { rows: 60 });
    const second = await fit('new', {});
    expect(second.model.knownDevices).toEqual(['known-1', 'known-2', 'known-3']);
    expect(second.model.crossValidatedError.kendallTau).toBeGreaterThan(0.9);
  }, 60_000);

  it('predicts from the stored model with the costs of the known devices', async () => {
    const asked = order.slice(1000, 1200).map((at) => ({ at, cell: cellText(at) }));
    const predicted = await models().predict('new', 1, 'latencyMs', 'nas-bench-201', asked);
    const values = predicted?.map(({ value }) => value) ?? [];
    const truth = asked.map(({ at }) => latencyMs(4, at));
    expect(spearman(values, truth)).toBeGreaterThan(0.97);
  }, 60_000);

  it('leaves transfer where it is not wanted or much is measured, and takes it where it is asked for', async () => {
    const none = await fit('new', { transferFrom: 'none' });
    expect(none.model.compared.map(({ name }) => name)).not.toContain('transfer');
    expect(none.model).toMatchObject({ knownDevices: [] });
    const many = await fit('known-3', { rows: 40 });
    expect(many.model.compared.map(({ name }) => name)).not.toContain('transfer');
    const named = await fit('known-3', { rows: 40, transferFrom: ['known-1', 'known-2'] });
    expect(named.model.compared.map(({ name }) => name)).toContain('transfer');
  }, 60_000);

  it('refuses devices that are not there, are itself, or do not know the architectures', async () => {
    const problem = async (transferFrom: readonly string[]) =>
      (await post(`${root}/new/models`, { transferFrom })).json<object>();
    const refused = { status: 400, errors: [{ pointer: '/transferFrom' }] };
    expect(await problem(['known-1', 'nobody'])).toMatchObject(refused);
    expect(await problem(['known-1', 'new'])).toMatchObject(refused);
    expect(await problem(['known-1', 'known-1'])).toMatchObject(refused);
    expect(await problem(['known-1'])).toMatchObject({ status: 400 });
    await imported('blind', csv(1, order.slice(500, 530)));
    expect(await problem(['known-1', 'blind'])).toMatchObject({
      status: 422,
      detail: expect.stringMatching(/blind has neither row nor model for 10 of 10/),
    });
  }, 60_000);
});

const help = 'nb201_latency/help_8dev.csv.gz';
const missing = withoutTables(help);

describe.skipIf(missing)(`a Titan RTX beside the seven other devices of HELP${missing}`, () => {
  it('is ranked from ten measurements, ρ > .9', async () => {
    const records = readTable(help).filter((_, at) => at % 5 === 0);
    const columns = Object.keys(records[0]!).filter((it) => it !== 'idx');
    const tableOf = (column: string, rows = records): string =>
      ['idx,latencyMs', ...rows.map((row) => `${row['idx']},${row[column]}`)].join('\n');
    const idOf = (column: string): string => column.slice('lat_ms_'.length).replaceAll('_', '-');
    const own = 'lat_ms_titan_rtx_1';
    const known = columns.filter((column) => column !== own);
    for (const column of known) await imported(idOf(column), tableOf(column));
    const drawn = rng(3).shuffle(records);
    await imported('titan', tableOf(own, drawn.slice(0, 10)));
    const { model } = await fit('titan', { transferFrom: known.map(idOf) });
    expect(model).toMatchObject({ kind: 'transfer', rows: 10, knownDevices: known.map(idOf) });
    const asked = drawn.slice(10, 510);
    const cells = asked.map((row) => ({ cell: cellText(Number(row['idx'])) }));
    const predicted = await models().predict('titan', 1, 'latencyMs', 'nas-bench-201', cells);
    const values = predicted?.map(({ value }) => value) ?? [];
    expect(spearman(values, numbers(asked, own))).toBeGreaterThan(0.9);
  }, 120_000);
});
