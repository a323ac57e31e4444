/** @file `/health/live` and `/health/ready` for whoever restarts or drains workers. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';

/** Answers on `port` of every interface; 503 on `ready` while `isReady` says no. */
export async function startHealthServer(port: number, isReady: () => boolean): Promise<Server> {
  const server = createServer((request, response) => {
    const status = { '/health/live': 200, '/health/ready': isReady() ? 200 : 503 }[
      request.url ?? ''
    ];
    response.writeHead(status ?? 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ ready: isReady() }));
  });
  server.unref().listen(port);
  await once(server, 'listening');
  return server;
}
