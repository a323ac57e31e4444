import { HardwareQueryView, QueryAnswer } from '@sextant/contracts';
import { accuracyCsv, hardwareCsv, syntheticCells } from '@sextant/evaluation/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importAccuracies, importDevice } from '../../testing/benchmark-imports';
import { startTestApi, type TestApi } from '../../testing/test-api';

const cells = syntheticCells(25);
const type = 'text/csv';
const queries = '/v1/hardware-profiles/board/queries';
let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
  await importAccuracies(api, 'made-up', { content: accuracyCsv(cells), type });
  await importDevice(api, 'board', { content: hardwareCsv(cells), type });
}, 120_000);
afterAll(() => api.stop());

const ask = (body: object, headers: Record<string, string> = {}, url = queries) =>
  api.inject({
    method: 'POST',
    url,
    payload: { benchmark: 'made-up', limits: {}, ...body },
    headers,
  });

const answerTo = async (body: object): Promise<QueryAnswer> => {
  const response = await ask(body);
  expect(response.statusCode).toBe(201);
  const { answer } = HardwareQueryView.parse(response.json());
  return answer!;
};

const top = (some: typeof cells) => Math.max(...some.map(({ validation }) => validation)) / 100;

describe('POST /v1/hardware-profiles/:h/queries', () => {
  it('answers with the most accurate that fits by measurement, its conditions, rank and neighbours', async () => {
    const response = await ask({ limits: { latencyMs: 3 }, finalists: 3 });
    expect(response.statusCode).toBe(201);
    const query = HardwareQueryView.parse(response.json());
    expect(response.headers['location']).toBe(query.links.self);
    expect(query).toMatchObject({ profile: 'board', version: 1, state: 'answered' });
    const fitting = cells.filter(({ latencyMs }) => latencyMs !== null && latencyMs <= 3);
    expect(query.answer).toMatchObject({
      feasible: true,
      evidence: 'measured',
      feasibleCount: fitting.length,
      evaluatedCount: cells.length,
    });
    if (!query.answer?.feasible) throw new TypeError('infeasible');
    const { best, finalists, neighbours } = query.answer;
    expect(best.accuracy).toMatchObject({ value: top(fitting), fidelity: 'tabulated', n: 25_000 });
    expect(best.testAccuracy?.split).toBe('test');
    expect(best.costs['latencyMs']).toMatchObject({
      evidence: 'measured',
      conditions: { profile: 'board', version: 1, source: 'imported', runtime: 'as published' },
    });
    expect(finalists).toHaveLength(3);
    expect(neighbours.slower?.costs['latencyMs']?.value).toBeGreaterThan(3);
    expect((await api.inject(query.links.self)).json()).toEqual(query);
  });

  it('keeps limits of latency, energy, MACs, parameters and accuracy at once', async () => {
    const limits = { latencyMs: 5, energyMj: 18, macs: 9e7, paramCount: 6e5 };
    const answer = await answerTo({ limits, minAccuracy: 0.5 });
    if (!answer.feasible) throw new TypeError('infeasible');
    for (const { costs, accuracy } of answer.finalists) {
      for (const [name, limit] of Object.entries(limits)) {
        expect(costs[name]?.value).toBeLessThanOrEqual(limit);
      }
      expect(accuracy?.value).toBeGreaterThanOrEqual(0.5);
    }
  });

  it('says that nothing fits, with the smallest there is: 201, and exit by the answer', async () => {
    const least = Math.min(...cells.flatMap(({ latencyMs }) => latencyMs ?? []));
    expect(await answerTo({ limits: { latencyMs: least * 0.999 } })).toMatchObject({
      feasible: false,
      smallest: { latencyMs: least },
    });
    expect(await answerTo({ limits: { latencyMs: least } })).toMatchObject({
      feasible: true,
      feasibleCount: 1,
    });
  });

  it('R16: the same key answers the same query, and another body with it is refused', async () => {
    const headers = { 'idempotency-key': 'again' };
    const [first, second] = [
      await ask({ limits: { latencyMs: 4 } }, headers),
      await ask({ finalists: 5, limits: { latencyMs: 4 } }, headers),
    ];
    expect(second.json()).toEqual(first.json());
    expect(second.headers['idempotency-replayed']).toBe('true');
    const other = await ask({ limits: { latencyMs: 5 } }, headers);
    expect(other.json()).toMatchObject({ status: 422, code: 'idempotency-mismatch' });
  });

  it.each([
    ['an unknown benchmark', { benchmark: 'nowhere' }, 400, '/benchmark'],
    ['an unknown accuracy', { select: 'c100_val_200' }, 400, '/benchmark'],
    ['a test accuracy to select by', { select: 'c10_test_200' }, 400, '/select'],
    ['predictions of a table', { orderBy: 'predictedAccuracy' }, 400, '/orderBy'],
    ['a limit the device has no numbers for', { limits: { memoryBytes: 1 } }, 400, '/benchmark'],
    ['a limit of nothing', { limits: { latencyMs: 0 } }, 400, '/limits/latencyMs'],
    ['an unknown limit', { limits: { watts: 1 } }, 400, '/limits/watts'],
    ['neither search nor benchmark', { benchmark: undefined }, 400, '/searchId'],
  ])('refuses %s', async (_, body, status, pointer) => {
    const response = await ask(body);
    expect(response.json()).toMatchObject({
      status,
      errors: [expect.objectContaining({ pointer })],
    });
  });

  it('has no query of an unknown device or id', async () => {
    const elsewhere = await ask({}, {}, '/v1/hardware-profiles/nowhere/queries');
    expect(elsewhere.json()).toMatchObject({ status: 404 });
    for (const id of ['x', '0198c0de-0000-7000-8000-000000000000']) {
      expect((await api.inject(`${queries}/${id}`)).json()).toMatchObject({ status: 404 });
    }
  });
});
