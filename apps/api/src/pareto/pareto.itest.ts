import { ParetoView, type SearchView } from '@sextant/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluated, request } from '../../testing/fixtures';
import { startTestApi, type TestApi } from '../../testing/test-api';

let api: TestApi;
let search: SearchView;
const [large, middle, small, worse] = [
  evaluated(0, 0.93, 14),
  evaluated(1, 0.9, 10),
  evaluated(2, 0.8, 5),
  evaluated(3, 0.79, 9),
];

beforeAll(async () => {
  api = await startTestApi();
  search = (
    await api.inject({ method: 'POST', url: '/v1/searches', payload: request })
  ).json<SearchView>();
  const epoch = await api.lease(search.id);
  await api.candidates.record(search.id, epoch, [small, worse, large, middle]);
});
afterAll(() => api.stop());

const pareto = (query: string, headers = {}) =>
  api.inject({ url: `${search.links.self}/pareto?${query}`, headers });

describe('GET /v1/searches/:id/pareto', () => {
  it('answers what nothing beats, best first, with its hypervolume over time', async () => {
    const front = ParetoView.parse((await pareto('objectives=latencyMs,accuracy')).json());
    expect(front.objectives).toEqual([
      { key: 'accuracy', direction: 'maximize' },
      { key: 'latencyMs', direction: 'minimize' },
    ]);
    expect(front.points).toEqual([
      { id: large.id, values: [0.93, 14] },
      { id: middle.id, values: [0.9, 10] },
      { id: small.id, values: [0.8, 5] },
    ]);
    const { reference, value, history } = front.hypervolume;
    expect(reference).toEqual([0, 28]);
    // columns up to the next point's latency, in a box of 1 × 28
    expect(value).toBeCloseTo((5 * 0.8 + 4 * 0.9 + 14 * 0.93) / 28, 12);
    expect(history).toHaveLength(1);
  });

  it('is 304 to who has it', async () => {
    const first = await pareto('objectives=accuracy,macs');
    const same = await pareto('objectives=accuracy,macs', {
      'if-none-match': String(first.headers.etag),
    });
    expect([same.statusCode, same.body]).toEqual([304, '']);
  });

  it('is empty where no candidate has every objective', async () => {
    const answer = await pareto('objectives=accuracy,latencyMs@none');
    expect(answer.json()).toMatchObject({
      points: [],
      hypervolume: { reference: null, value: 0, history: [] },
    });
  });

  it.each([
    ['', '/objectives'],
    ['objectives=accuracy', '/objectives'],
    ['objectives=accuracy,accuracy', '/objectives'],
    ['objectives=accuracy,loss', '/objectives/1'],
    ['objectives=accuracy,macs&evidence=none', '/evidence'],
  ])('refuses ?%s', async (query, pointer) => {
    expect((await pareto(query)).json()).toMatchObject({ status: 400, errors: [{ pointer }] });
  });

  it('is 404 where there is no search', async () => {
    const url = '/v1/searches/0198c0de-0000-7000-8000-000000000000/pareto?objectives=accuracy,macs';
    expect((await api.inject(url)).json()).toMatchObject({ status: 404, code: 'not-found' });
  });
});
