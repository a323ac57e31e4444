import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { startHealthServer } from './health-server';

it('is live always, ready while it says so, and knows nothing else', async () => {
  let ready = true;
  const server = await startHealthServer(0, () => ready);
  const { port } = server.address() as AddressInfo;
  const status = async (page: string) =>
    (await fetch(`http://127.0.0.1:${port}/health/${page}`)).status;
  const all = () => Promise.all(['live', 'ready', 'else'].map(status));
  expect(await all()).toEqual([200, 200, 404]);
  ready = false;
  expect(await all()).toEqual([200, 503, 404]);
  server.close();
});
