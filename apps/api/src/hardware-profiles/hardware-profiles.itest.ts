import { HardwareProfileDetail, HardwareProfilePage } from '@sextant/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../../testing/test-api';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());

const root = '/v1/hardware-profiles';
const conditions = { device: 'a board', runtime: 'a runtime 1.0' };
const post = (url: string, payload: object) => api.inject({ method: 'POST', url, payload });
const create = (id: string, fields: object = {}) =>
  post(root, { id, source: 'imported', space: 'nas-bench-201', conditions, ...fields });

describe('hardware profiles', () => {
  it('are registered with what their numbers depend on', async () => {
    const response = await create('board', { name: 'The board' });
    expect(response.statusCode).toBe(201);
    expect(response.headers.location).toBe(`${root}/board`);
    const profile = HardwareProfileDetail.parse(response.json());
    expect(profile).toMatchObject({
      id: 'board',
      name: 'The board',
      current: {
        version: 1,
        space: 'nas-bench-201',
        conditions: { ...conditions, batch: 1, threads: null, precision: 'float32' },
        rows: {},
        sealedAt: null,
      },
    });
    expect((await api.inject(profile.links.self)).json()).toEqual(profile);
    expect((await api.inject(profile.links.measurements)).json()).toEqual({
      items: [],
      nextCursor: null,
    });
  });

  it('get a version for each new set of conditions', async () => {
    await create('versions');
    const next = { source: 'imported', conditions: { ...conditions, runtime: 'a runtime 2.0' } };
    const response = await post(`${root}/versions/versions`, next);
    expect(response.statusCode).toBe(201);
    const { versions } = HardwareProfileDetail.parse(response.json());
    expect(versions.map((it) => [it.version, it.conditions.runtime])).toEqual([
      [2, 'a runtime 2.0'],
      [1, 'a runtime 1.0'],
    ]);
    const missing = await api.inject(`${root}/versions/measurements?version=3`);
    expect(missing.json()).toMatchObject({ status: 404, code: 'not-found' });
  });

  it('are listed by id, page after page', async () => {
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const response = await api.inject(`${root}?limit=1${cursor && `&cursor=${cursor}`}`);
      const page = HardwareProfilePage.parse(response.json());
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(['board', 'versions']);
  });

  it.each([
    ['an id with capitals', { id: 'Board' }, 400, '/id'],
    ['no device', { conditions: { runtime: 'x' } }, 400, '/conditions/device'],
    ['an unknown field', { colour: 'red' }, 400, '/colour'],
    ['an id that is taken', { id: 'board' }, 409, undefined],
  ])('are refused with %s', async (_, fields, status, pointer) => {
    const response = await create('other', fields);
    expect(response.json()).toMatchObject({ status, ...(pointer && { errors: [{ pointer }] }) });
  });

  it('can be forgotten', async () => {
    await create('gone');
    const url = `${root}/gone`;
    const response = await api.inject({ method: 'DELETE', url });
    expect([response.statusCode, response.body]).toEqual([204, '']);
    expect((await api.inject(url)).json()).toMatchObject({ status: 404, code: 'not-found' });
    expect((await api.inject({ method: 'DELETE', url })).statusCode).toBe(404);
  });
});
