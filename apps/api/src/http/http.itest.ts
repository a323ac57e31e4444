import { Problem } from '@sextant/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request } from '../../testing/fixtures';
import { startTestApi, type TestApi } from '../../testing/test-api';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());

const json = { 'content-type': 'application/json' };
const post = (payload: string, headers: Record<string, string> = json) =>
  ({ method: 'POST', url: '/v1/searches', payload, headers }) as const;

describe('what is wrong with a request', () => {
  it.each([
    ['JSON that breaks off', post('{"dataset":'), 400, 'malformed-request'],
    ['no body', post(''), 400, 'malformed-request'],
    ['a body that is no object', post('[]'), 400, 'validation'],
    ['a prototype in the body', post('{"__proto__":{}}'), 400, 'malformed-request'],
    [
      'a form',
      post('a=b', { 'content-type': 'application/x-www-form-urlencoded' }),
      415,
      'unsupported-media-type',
    ],
    ['text', post('{}', { 'content-type': 'text/plain' }), 415, 'unsupported-media-type'],
    ['a body over 1 MiB', post(`"${'x'.repeat(2 ** 20)}"`), 413, 'body-too-large'],
    ['an unknown route', { url: '/v2/searches' }, 404, 'route-not-found'],
    [
      'an unknown method',
      { url: '/v1/searches', method: 'DELETE' as const },
      404,
      'route-not-found',
    ],
    ['an address that cannot be decoded', { url: '/v1/%' }, 400, 'malformed-request'],
    ['an endless address', { url: `/v1/searches/${'x'.repeat(500)}` }, 414, 'uri-too-long'],
  ])('%s', async (_, options, status, code) => {
    const response = await api.inject(options);
    const problem = Problem.parse(response.json());
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(problem).toMatchObject({ status, ...(code && { code }) });
    expect(response.headers['x-request-id']).toBe(problem.requestId);
    expect(response.body).not.toMatch(/\bat .+:\d+/);
  });
});

describe('every answer', () => {
  it('carries the request id of the caller', async () => {
    const response = await api.inject({ url: '/v1/no', headers: { 'x-request-id': 'mine' } });
    expect(response.headers['x-request-id']).toBe('mine');
    expect(response.json()).toMatchObject({ requestId: 'mine', instance: '/v1/no' });
  });
  it('forbids browsers to sniff, frame or run it', async () => {
    const { headers } = await api.inject('/v1/search-spaces');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['content-security-policy']).toBe("default-src 'none';frame-ancestors 'none'");
  });
});

describe('/metrics', () => {
  it('counts requests by route pattern, not by address', async () => {
    await api.inject('/v1/search-spaces/no-such');
    await api.inject({ method: 'POST', url: '/v1/searches', payload: request });
    const { body, headers } = await api.inject('/metrics');
    expect(headers['content-type']).toContain('text/plain; version=0.0.4');
    expect(body).toContain('route="/v1/search-spaces/:name",status="404"');
    expect(body).toContain('route="/v1/searches",status="202"');
    expect(body).not.toContain('no-such');
  });
});
