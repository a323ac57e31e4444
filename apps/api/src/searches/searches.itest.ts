import { Problem, SearchView } from '@sextant/contracts';
import { searchSpaces } from '@sextant/search-space';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { halfWay, request } from '../../testing/fixtures';
import { startTestApi, type TestApi } from '../../testing/test-api';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());

const submit = (payload: object = request, headers: Record<string, string> = {}) =>
  api.inject({ method: 'POST', url: '/v1/searches', payload, headers });
const submitted = async () => SearchView.parse((await submit()).json());

describe('POST /v1/searches', () => {
  it('answers 202 with the search, its address and when to ask', async () => {
    const response = await submit();
    const search = SearchView.parse(response.json());
    expect(response.statusCode).toBe(202);
    expect(response.headers.location).toBe(`/v1/searches/${search.id}`);
    expect(response.headers['retry-after']).toBe('2');
    expect(search).toMatchObject({ state: 'queued', name: 'a test', pollAfterMs: 2000 });
    expect(search.spec.evaluation.candidates).toBe(48);
    expect((await api.inject(search.links.self)).json()).toEqual(response.json());
  });

  it('hands the search to the queue', async () => {
    const { id } = await submitted();
    await vi.waitFor(async () => expect(await api.queued()).toContain(id));
  });

  it('takes a search space as data', async () => {
    const response = await submit({ ...request, space: searchSpaces['mbconv-fashion-mnist-v1'] });
    expect(response.statusCode).toBe(202);
  });

  it.each(['mbconv-fashion-mnist-v1', 'vit-fashion-mnist-v1'])(
    'takes a search by shift-nas of %s, and says what it would come to',
    async (space) => {
      const body = { ...request, space, method: { name: 'shift-nas' } };
      expect((await submit(body)).statusCode).toBe(202);
      const url = '/v1/searches/dry-run';
      const estimate = await api.inject({ method: 'POST', url, payload: body });
      expect(estimate.statusCode).toBe(200);
      expect(estimate.json()).toMatchObject({ feasible: true, trainings: 1, candidates: 48 });
    },
  );

  const space = searchSpaces['mbconv-fashion-mnist-v1'];
  it.each([
    [
      'transformers by a method that does not train them',
      { space: 'vit-fashion-mnist-v1' },
      422,
      'unsupported-search-space',
      undefined,
    ],
    ['an unknown field', { colour: 1 }, 400, 'validation', '/colour'],
    ['a path as data set', { dataset: '../etc' }, 400, 'validation', '/dataset'],
    ['a data set that is not there', { dataset: 'no-such' }, 422, 'dataset-not-found', undefined],
    ['an unknown space', { space: 'no-such' }, 422, 'invalid-search-space', '/space'],
    [
      'a wrong space',
      { space: { ...space, stages: [] } },
      422,
      'invalid-search-space',
      '/space/stages',
    ],
    [
      'a space that cannot be trained',
      { space: 'attentive-nas' },
      422,
      'unsupported-search-space',
      undefined,
    ],
    ['a space for other images', { space: 'big-nas' }, 400, 'validation', '/space/input/channels'],
    [
      'a space with another number of classes',
      { space: { ...space, classes: 3 } },
      400,
      'validation',
      '/space/classes',
    ],
    [
      'limits that nothing meets',
      { constraints: { maxMacs: 1 } },
      422,
      'infeasible-constraint',
      undefined,
    ],
  ])('refuses %s and stores nothing', async (_, fields, status, code, pointer) => {
    const before = await api.inject('/v1/searches?limit=200');
    const response = await submit({ ...request, ...fields });
    const problem = Problem.parse(response.json());
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(problem).toMatchObject({ status, instance: '/v1/searches', ...(code && { code }) });
    expect(response.statusCode).toBe(status);
    if (pointer) expect(problem.errors).toContainEqual(expect.objectContaining({ pointer }));
    expect((await api.inject('/v1/searches?limit=200')).body).toBe(before.body);
  });

  it('answers a repeated Idempotency-Key with the first search, however the body is spelt', async () => {
    const headers = { 'idempotency-key': 'once' };
    const first = await submit(request, headers);
    const again = await submit({ seed: 0, ...request }, headers);
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.statusCode).toBe(202);
    expect(again.headers.location).toBe(first.headers.location);
    expect(again.json()).toEqual(first.json());
  });

  it('makes one search of many requests with one key at a time', async () => {
    const headers = { 'idempotency-key': 'race' };
    const all = await Promise.all(Array.from({ length: 5 }, () => submit(request, headers)));
    expect(new Set(all.map(({ headers: { location } }) => location)).size).toBe(1);
    expect(all.filter(({ headers: h }) => h['idempotency-replayed'] === 'true')).toHaveLength(4);
  });

  it('refuses an Idempotency-Key with another body', async () => {
    const headers = { 'idempotency-key': 'other' };
    await submit(request, headers);
    const other = await submit({ ...request, seed: 1 }, headers);
    expect(other.statusCode).toBe(422);
    expect(other.json()).toMatchObject({ code: 'idempotency-mismatch' });
  });

  it('refuses an Idempotency-Key that is none', async () => {
    expect((await submit(request, { 'idempotency-key': 'a b' })).statusCode).toBe(400);
  });
});

describe('GET /v1/searches/:id', () => {
  it('answers 304 until something changes', async () => {
    const { id, links } = await submitted();
    const first = await api.inject(links.self);
    const headers = { 'if-none-match': String(first.headers.etag) };
    const same = await api.inject({ url: links.self, headers });
    expect([same.statusCode, same.body]).toEqual([304, '']);
    expect(same.headers).toMatchObject({ etag: first.headers.etag, 'retry-after': '2' });

    const epoch = await api.lease(id);
    await api.searches.saveProgress(id, epoch, halfWay);
    const changed = await api.inject({ url: links.self, headers });
    expect(changed.statusCode).toBe(200);
    expect(changed.headers.etag).not.toBe(first.headers.etag);
    expect(changed.json()).toMatchObject({
      state: 'running',
      progress: halfWay,
      pollAfterMs: 1000,
    });
  });

  it('needs no more polls once the search has ended', async () => {
    const { id, links } = await submitted();
    const epoch = await api.lease(id);
    const error = { code: 'non-finite', message: 'the loss is NaN', permanent: true };
    await api.searches.finish(id, epoch, { state: 'failed', error });
    const ended = await api.inject(links.self);
    expect(ended.headers['retry-after']).toBeUndefined();
    expect(ended.json()).toMatchObject({ state: 'failed', error, pollAfterMs: 0 });
  });

  it.each(['0198c0de-0000-7000-8000-000000000000', 'nonsense'])('has no %s', async (id) => {
    const response = await api.inject(`/v1/searches/${id}`);
    expect(response.json()).toMatchObject({ status: 404, code: 'not-found' });
  });
});

describe('POST /v1/searches/:id/cancel', () => {
  it('ends a waiting search at once; repeating it is no error', async () => {
    const { links } = await submitted();
    const first = await api.inject({ method: 'POST', url: links.cancel });
    const again = await api.inject({ method: 'POST', url: links.cancel });
    expect([first.statusCode, again.statusCode]).toEqual([202, 202]);
    expect(first.json()).toMatchObject({ state: 'cancelled', pollAfterMs: 0 });
    expect(again.json()).toEqual(first.json());
  });

  it('asks the worker of a running search', async () => {
    const { id, links } = await submitted();
    await api.lease(id);
    const response = await api.inject({ method: 'POST', url: links.cancel });
    expect(response.json()).toMatchObject({ state: 'cancelling', pollAfterMs: 1000 });
  });

  it('refuses to change a search that has ended', async () => {
    const { id, links } = await submitted();
    const epoch = await api.lease(id);
    const error = { code: 'x', message: 'y', permanent: true };
    await api.searches.finish(id, epoch, { state: 'failed', error });
    const response = await api.inject({ method: 'POST', url: links.cancel });
    expect(response.json()).toMatchObject({ status: 409, code: 'illegal-transition' });
  });
});

describe('GET /v1/searches', () => {
  it('visits each search once, newest first', async () => {
    const ids = [await submitted(), await submitted(), await submitted()].map(({ id }) => id);
    const seen: string[] = [];
    let url = '/v1/searches?limit=2';
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = (await api.inject(url)).json<{
        items: SearchView[];
        nextCursor: string | null;
      }>();
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
      url = `/v1/searches?limit=2&cursor=${cursor}`;
    }
    expect(seen.slice(0, 3)).toEqual(ids.reverse());
    expect(new Set(seen).size).toBe(seen.length);
  });

  it.each([
    ['limit=201', '/limit'],
    ['limit=0', '/limit'],
    ['limit=ten', '/limit'],
    ['cursor=x', '/cursor'],
    ['page=2', '/page'],
  ])('refuses ?%s', async (query, pointer) => {
    const response = await api.inject(`/v1/searches?${query}`);
    expect(response.json()).toMatchObject({ status: 400, errors: [{ pointer }] });
  });
});
