import { Problem, type SearchView } from '@sextant/contracts';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { request } from '../../testing/fixtures';
import { TcpProxy } from '../../testing/tcp-proxy';
import { startTestApi, type TestApi } from '../../testing/test-api';

let api: TestApi;
let proxy: TcpProxy;
beforeAll(async () => {
  const server = new URL(inject('serverUrl'));
  proxy = new TcpProxy(server.hostname, Number(server.port || 5432));
  await proxy.join();
  api = await startTestApi((url) => {
    const through = new URL(url);
    through.host = `127.0.0.1:${proxy.port}`;
    return through.href;
  });
});
afterAll(async () => {
  await api.stop();
  await proxy.cut();
});

const submit = () => api.inject({ method: 'POST', url: '/v1/searches', payload: request });

describe('while PostgreSQL is away', () => {
  it('answers 503 with Retry-After, stays alive, and serves again by itself', async () => {
    const { links } = (await submit()).json<SearchView>();
    expect((await api.inject('/health/ready')).statusCode).toBe(200);

    await proxy.cut();
    for (const response of [
      await api.inject(links.self),
      await api.inject(links.candidates),
      await submit(),
      await api.inject('/health/ready'),
    ]) {
      expect(Problem.parse(response.json())).toMatchObject({ code: 'service-unavailable' });
      expect(response.statusCode).toBe(503);
      expect(response.headers['retry-after']).toBe('2');
    }
    expect((await api.inject('/health/live')).statusCode).toBe(200);
    expect((await api.inject('/metrics')).statusCode).toBe(200);
    expect((await api.inject('/v1/search-spaces')).statusCode).toBe(200);

    await proxy.join();
    await vi.waitFor(async () => expect((await api.inject('/health/ready')).statusCode).toBe(200));
    expect((await api.inject(links.self)).statusCode).toBe(200);
  });
});
