import { BestView, CandidateDetail, CandidatePage, type SearchView } from '@sextant/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluated, request } from '../../testing/fixtures';
import { startTestApi, type TestApi } from '../../testing/test-api';

const model = new TextEncoder().encode('not quite a model');

let api: TestApi;
let search: SearchView;
let ids: Readonly<Record<'large' | 'middle' | 'small' | 'unmeasured', string>>;

const submit = async () =>
  (await api.inject({ method: 'POST', url: '/v1/searches', payload: request })).json<SearchView>();

beforeAll(async () => {
  api = await startTestApi();
  search = await submit();
  const epoch = await api.lease(search.id);
  const [large, middle, small, unmeasured] = [
    evaluated(0, 0.93, 14),
    evaluated(1, 0.9, 10, await api.artifacts.put(model)),
    evaluated(2, 0.8, 5),
    evaluated(3, 0.95),
  ];
  await api.candidates.record(search.id, epoch, [small, unmeasured, large, middle]);
  ids = { large: large.id, middle: middle.id, small: small.id, unmeasured: unmeasured.id };
});
afterAll(() => api.stop());

const costOf = (
  candidateId: string,
  value: number,
  evidence: 'measured' | 'predicted' = 'predicted',
) => ({
  candidateId,
  cost: 'latencyMs@pixel3',
  value,
  lower: value * 0.9,
  upper: value * 1.1,
  evidence,
  n: evidence === 'measured' ? 50 : 0,
  conditions: { batch: 1, threads: 4, precision: 'float32' },
});

const best = async (query: string) =>
  BestView.parse((await api.inject(`${search.links.best}?${query}`)).json());

describe('GET /v1/searches/:id/candidates', () => {
  it('ranks by validation accuracy', async () => {
    const page = CandidatePage.parse((await api.inject(search.links.candidates)).json());
    expect(page.items.map(({ id, rank }) => [rank, id])).toEqual([
      [1, ids.unmeasured],
      [2, ids.large],
      [3, ids.middle],
      [4, ids.small],
    ]);
    expect(page.items[2]).toMatchObject({
      accuracy: { value: 0.9, split: 'validation', fidelity: 'supernet-inherited' },
      testAccuracy: { value: 0.9, split: 'test' },
      latencyMs: { value: 10, p10: 9, p90: 11, evidence: 'measured', batch: 1, runs: 50 },
      model: { bytes: model.byteLength },
    });
    expect(page.items[0]).toMatchObject({ latencyMs: null, testAccuracy: null, model: null });
  });

  it('visits each candidate once, page by page', async () => {
    const seen: string[] = [];
    let query = 'limit=1';
    for (let cursor: string | null = ''; cursor !== null; query = `limit=1&cursor=${cursor}`) {
      const page = (await api.inject(`${search.links.candidates}?${query}`)).json<CandidatePage>();
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual([ids.unmeasured, ids.large, ids.middle, ids.small]);
  });

  it('is empty while nothing is evaluated, and 404 where there is no search', async () => {
    const { links } = await submit();
    expect((await api.inject(links.candidates)).json()).toEqual({ items: [], nextCursor: null });
    const none = await api.inject('/v1/searches/0198c0de-0000-7000-8000-000000000000/candidates');
    expect(none.json()).toMatchObject({ status: 404, code: 'not-found' });
  });
});

describe('GET /v1/searches/:id/candidates/:candidateId', () => {
  it('adds the prediction for every test image', async () => {
    const response = await api.inject(`${search.links.candidates}/${ids.middle}`);
    const { testPredictions } = CandidateDetail.parse(response.json());
    expect([...Buffer.from(testPredictions ?? '', 'base64')]).toEqual([1, 2, 3]);
  });

  it('has no predictions before the test', async () => {
    const response = await api.inject(`${search.links.candidates}/${ids.unmeasured}`);
    expect(response.json()).toMatchObject({ id: ids.unmeasured, testPredictions: null });
  });

  it.each(['0'.repeat(32), 'nonsense'])('has no %s', async (id) => {
    const response = await api.inject(`${search.links.candidates}/${id}`);
    expect(response.json()).toMatchObject({ status: 404, code: 'not-found' });
  });
});

describe('GET …/model.onnx', () => {
  it('serves the stored bytes as a file, tagged by their checksum', async () => {
    const detail = (
      await api.inject(`${search.links.candidates}/${ids.middle}`)
    ).json<CandidateDetail>();
    const url = detail.model?.url ?? '';
    const response = await api.inject(url);
    expect(response.statusCode).toBe(200);
    expect(new Uint8Array(response.rawPayload)).toEqual(model);
    expect(response.headers).toMatchObject({
      etag: `"${detail.model?.sha256}"`,
      'content-type': 'application/octet-stream',
      'content-length': String(model.byteLength),
      'content-disposition': `attachment; filename="${ids.middle}.onnx"`,
    });
    const headers = { 'if-none-match': String(response.headers.etag) };
    const same = await api.inject({ url, headers });
    expect([same.statusCode, same.body]).toEqual([304, '']);
  });

  it('is 404 for a candidate without one', async () => {
    const response = await api.inject(`${search.links.candidates}/${ids.small}/model.onnx`);
    expect(response.json()).toMatchObject({ status: 404, code: 'not-found' });
  });
});

describe('GET /v1/searches/:id/best', () => {
  it('answers the most accurate within the limit, which itself still fits', async () => {
    const query = 'maxLatencyMs=10';
    expect(await best(query)).toMatchObject({
      feasible: true,
      limits: { maxLatencyMs: 10 },
      candidate: { id: ids.middle, rank: 3 },
      feasibleCount: 2,
      alternatives: { slower: { id: ids.large }, faster: { id: ids.small } },
    });
  });

  it('never answers a latency limit with a candidate that was not measured', async () => {
    expect(await best('maxLatencyMs=1000')).toMatchObject({ candidate: { id: ids.large } });
  });

  it('holds every limit', async () => {
    const { paramCount } = evaluated(2, 0);
    const answer = await best(`maxLatencyMs=100&maxParams=${paramCount}`);
    if (!answer.feasible) return expect.unreachable();
    expect(answer.candidate.paramCount).toBeLessThanOrEqual(paramCount);
  });

  it('is 200 and says what there is where nothing fits', async () => {
    expect(await best('maxLatencyMs=0.001')).toMatchObject({
      feasible: false,
      evaluatedCount: 4,
      smallest: { latencyMs: 5 },
      hint: expect.stringContaining('5 ms'),
    });
  });

  it('has no answer before the first candidate', async () => {
    const { links } = await submit();
    expect((await api.inject(links.best)).json()).toMatchObject({
      feasible: false,
      evaluatedCount: 0,
      hint: expect.stringContaining('ask again later'),
    });
  });

  it.each([
    ['maxEnergyMj=1', '/maxEnergyMj'],
    ['minAccuracy=80', '/minAccuracy'],
    ['hardware=../etc', '/hardware'],
    ['maxLatencyMs=fast', '/maxLatencyMs'],
    ['maxLatencyMs=-1', '/maxLatencyMs'],
    ['maxLatency=1', '/maxLatency'],
  ])('refuses ?%s', async (query, pointer) => {
    const response = await api.inject(`${search.links.best}?${query}`);
    expect(response.json()).toMatchObject({ status: 400, errors: [{ pointer }] });
  });
});

describe('GET /v1/searches/:id/best?hardware=', () => {
  beforeAll(async () => {
    await api.candidates.recordCosts(search.id, null, [
      costOf(ids.large, 30, 'measured'),
      costOf(ids.middle, 20, 'predicted'),
      costOf(ids.small, 10, 'measured'),
    ]);
  });

  it('answers on the profile, by what was measured on it', async () => {
    expect(await best('hardware=pixel3&maxLatencyMs=25')).toMatchObject({
      feasible: true,
      limits: { hardware: 'pixel3', maxLatencyMs: 25 },
      orderBy: 'accuracy',
      evidence: 'measured',
      candidate: { id: ids.small },
      latency: {
        cost: 'latencyMs@pixel3',
        value: 10,
        lower: 9,
        upper: 11,
        evidence: 'measured',
        conditions: { threads: 4 },
      },
      feasibleCount: 1,
      feasibleCountRelation: 'exact',
      alternatives: { slower: { id: ids.large }, faster: null },
    });
  });

  it('takes predictions where asked to, and says that they are', async () => {
    expect(await best('hardware=pixel3&maxLatencyMs=25&evidence=any')).toMatchObject({
      candidate: { id: ids.middle },
      latency: { evidence: 'predicted' },
      alternatives: { slower: { id: ids.large }, faster: { id: ids.small } },
    });
  });

  it('holds a least accuracy, and tells the highest where it is out of reach', async () => {
    expect(await best('hardware=pixel3&maxLatencyMs=15&minAccuracy=0.9')).toMatchObject({
      feasible: false,
      smallest: { latencyMs: 10, energyMj: null },
      highestAccuracy: 0.95,
      hint: expect.stringContaining('the highest accuracy: 0.95'),
    });
  });

  it('knows nothing of a profile that nothing was measured on', async () => {
    expect(await best('hardware=none&maxLatencyMs=15')).toMatchObject({
      feasible: false,
      smallest: { latencyMs: null },
    });
  });
});

describe('GET /v1/searches/:id/candidates?sort=', () => {
  const listed = async (query: string) =>
    CandidatePage.parse((await api.inject(`${search.links.candidates}?${query}`)).json());

  it('lists by a cost, the smallest first, with what it costs', async () => {
    const { items } = await listed('sort=latencyMs@pixel3');
    expect(items.map(({ id }) => id)).toEqual([ids.small, ids.middle, ids.large]);
    expect(items[1]?.costs['latencyMs@pixel3']).toMatchObject({ value: 20, evidence: 'predicted' });
    expect(items.map(({ rank }) => rank)).toEqual([4, 3, 2]);
  });

  it('goes on in the order of the cursor, and refuses one of another order', async () => {
    const { nextCursor } = await listed('sort=latencyMs@pixel3&limit=1');
    const next = await listed(`limit=1&cursor=${nextCursor}`);
    expect(next.items.map(({ id }) => id)).toEqual([ids.middle]);
    const url = `${search.links.candidates}?sort=macs&cursor=${nextCursor}`;
    expect((await api.inject(url)).json()).toMatchObject({
      status: 400,
      errors: [{ pointer: '/cursor' }],
    });
  });

  it.each(['sort=id', 'sort=latencyMs@../x', 'sort=macs;drop'])('refuses ?%s', async (query) => {
    const response = await api.inject(`${search.links.candidates}?${encodeURI(query)}`);
    expect(response.json()).toMatchObject({ status: 400, errors: [{ pointer: '/sort' }] });
  });

  it('is by predicted accuracy where nothing has been evaluated', async () => {
    const other = await submit();
    const epoch = await api.lease(other.id);
    const [a, b] = [evaluated(0, 0.5), evaluated(1, 0.5)].map((it) => ({
      ...it,
      measurements: [],
    }));
    await api.candidates.record(other.id, epoch, [a!, b!]);
    const predicted = (candidateId: string, value: number) => ({
      ...costOf(candidateId, value),
      cost: 'predictedAccuracy',
    });
    await api.candidates.recordCosts(other.id, epoch, [
      predicted(a!.id, 0.6),
      predicted(b!.id, 0.7),
    ]);
    const page = CandidatePage.parse((await api.inject(other.links.candidates)).json());
    expect(page.items.map(({ id, rank }) => [id, rank])).toEqual([
      [b!.id, 1],
      [a!.id, 2],
    ]);
    const answer = BestView.parse(
      (await api.inject(`${other.links.best}?orderBy=predictedAccuracy`)).json(),
    );
    expect(answer).toMatchObject({ candidate: { id: b!.id, predictedAccuracy: { value: 0.7 } } });
  });
});
