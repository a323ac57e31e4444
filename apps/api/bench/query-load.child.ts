/** @file Load from a process of its own: paths over a number of connections, each starting elsewhere in the list. */
import autocannon from 'autocannon';

export interface Load {
  readonly url: string;
  readonly paths: readonly string[];
  readonly connections: number;
  readonly seconds: number;
  /** Requests per second over all connections; none: as many as are answered. */
  readonly rate: number | null;
}

export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly requests: number;
  /** Answers other than 2xx, and connections lost. */
  readonly failures: number;
}

async function run({ url, paths, connections, seconds, rate }: Load): Promise<LoadResult> {
  let client = 0;
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    ...(rate === null ? {} : { overallRate: rate, ignoreCoordinatedOmission: true }),
    setupClient: (it) => {
      const from = Math.floor((client++ * paths.length) / connections);
      const turned = [...paths.slice(from), ...paths.slice(0, from)];
      it.setRequests(turned.map((path) => ({ method: 'GET', path })));
    },
  });
  return {
    requestsPerSecond: result.requests.average,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    requests: result.requests.total,
    failures: result.non2xx + result.errors + result.timeouts,
  };
}

process.on('message', (load: Load) => {
  void run(load).then((result) => process.send?.(result));
});
