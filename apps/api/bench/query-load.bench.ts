/**
 * @file The mission query, Pareto fronts and pages of a search with 100,000 and with 1,000,000 candidates, over HTTP: the built
 * API in a process, PostgreSQL in others, the load in one more, 32 connections, every request drawn from a seeded list.
 *
 * QUERY_LOAD_SIZES=20000 for other sizes; DATABASE_URL for another server than the embedded one.
 */
import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { rng, ServiceUnavailableError } from '@sextant/common';
import {
  CandidateRepository,
  migrate,
  openDatabase,
  SearchRepository,
  startEmbeddedPostgres,
} from '@sextant/persistence';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import type { Load, LoadResult } from './query-load.child';
import { profile, SyntheticSearch } from './synthetic-search';

const seed = 20_261_124;
const connections = 32;
const warmUpSeconds = 3;
const seconds = 10;
const pageSize = 50;
const deepPage = 20_000;
const paced = 1000;
const coldPages = 300;
const memoryMb = 256;
const sizes = (process.env['QUERY_LOAD_SIZES'] ?? '100000,1000000').split(',').map(Number);

const fronts = [
  `accuracy,latencyMs@${profile},paramCount`,
  `accuracy,energyMj@${profile},macs`,
  'accuracy,latencyMs,paramCount',
];

interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

/** A database of its own on DATABASE_URL's server, or an embedded server. */
async function database(): Promise<Server> {
  const given = process.env['DATABASE_URL'];
  if (given === undefined) {
    const directory = mkdtempSync(path.join(os.tmpdir(), 'sextant-query-load-'));
    chmodSync(directory, 0o755);
    const server = await startEmbeddedPostgres(directory);
    const stop = async () => {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    };
    return { url: server.url, stop };
  }
  const name = `query_load_${process.pid}`;
  const onServer = async (sql: string) => {
    const client = new pg.Client(given);
    await client.connect();
    await client.query(sql);
    await client.end();
  };
  await onServer(`create database ${name}`);
  const url = new URL(given);
  url.pathname = `/${name}`;
  return { url: url.href, stop: () => onServer(`drop database ${name} with (force)`) };
}

/** The built API, listening on a free port. */
async function api(databaseUrl: string, memoryMb: number): Promise<Server> {
  execFileSync(process.execPath, ['tools/build-app.mjs', 'api'], { stdio: 'ignore' });
  const home = mkdtempSync(path.join(os.tmpdir(), 'sextant-query-load-home-'));
  const child = fork('dist/apps/api/main.js', {
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      REDIS_URL: '',
      SEXTANT_HOME: home,
      SEXTANT_LOG_LEVEL: 'error',
      SEXTANT_QUERY_MEMORY_MB: String(memoryMb),
      PORT: '0',
    },
  });
  const [message] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new ServiceUnavailableError('the API ended before it was ready');
    }),
  ])) as [{ ready: string }];
  const stop = async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
    rmSync(home, { recursive: true, force: true });
  };
  return { url: message.ready, stop };
}

function loadFrom(child: ChildProcess, load: Load): Promise<LoadResult> {
  child.send(load);
  return once(child, 'message').then(([result]) => result as LoadResult);
}

/** Values of a cost at fractions of the search, by which limits of every tightness are drawn. */
async function quantilesOf(source: DataSource, searchId: string, cost: string): Promise<number[]> {
  const [column, table, where] = cost.includes('@')
    ? ['value', 'candidate_cost', `and cost = '${cost}'`]
    : [{ macs: 'macs', paramCount: 'param_count', latencyMs: 'latency_ms' }[cost], 'candidate', ''];
  const [row] = await source.query<{ values: number[] }[]>(
    `select percentile_cont((select array_agg(i / 200.0) from generate_series(0, 200) i))
       within group (order by ${column}) as values from ${table} where search_id = $1 ${where}`,
    [searchId],
  );
  return row?.values ?? [];
}

/** Two thousand queries, each with other limits: one, two or three of them, loose to tight, some that nothing fits. */
async function bestPaths(source: DataSource, searchId: string): Promise<string[]> {
  const draw = rng(seed, 'best');
  const costs = ['latencyMs', 'macs', 'paramCount', `latencyMs@${profile}`, `energyMj@${profile}`];
  const quantiles = new Map<string, number[]>();
  for (const cost of costs) quantiles.set(cost, await quantilesOf(source, searchId, cost));
  const limit = (cost: string): number => {
    const values = quantiles.get(cost) ?? [];
    const at = draw.uniform() * (values.length - 1);
    const [low = 0, high = low] = [values[Math.floor(at)], values[Math.ceil(at)]];
    return (low + (high - low) * (at % 1)) * (0.999 + 0.002 * draw.uniform());
  };
  const own: readonly Record<string, string>[] = [
    { maxLatencyMs: 'latencyMs' },
    { maxMacs: 'macs' },
    { maxLatencyMs: 'latencyMs', maxParams: 'paramCount' },
  ];
  const onProfile: readonly Record<string, string>[] = [
    { maxLatencyMs: `latencyMs@${profile}` },
    { maxLatencyMs: `latencyMs@${profile}`, maxEnergyMj: `energyMj@${profile}` },
    { maxLatencyMs: `latencyMs@${profile}`, maxParams: 'paramCount' },
    { maxLatencyMs: `latencyMs@${profile}`, maxMacs: 'macs', maxParams: 'paramCount' },
  ];
  return Array.from({ length: 2000 }, () => {
    const isOnProfile = draw.uniform() < 0.6;
    const asked = draw.choice(isOnProfile ? onProfile : own);
    const query = new URLSearchParams(
      Object.entries(asked).map(([name, cost]): [string, string] => [name, String(limit(cost))]),
    );
    if (isOnProfile) query.set('hardware', profile);
    if (isOnProfile && draw.uniform() < 0.3) query.set('evidence', 'any');
    return `/v1/searches/${searchId}/best?${query.toString()}`;
  });
}

/** The last hundred pages up to number 20,000, or up to the last there is. */
async function deepPaths(source: DataSource, searchId: string, count: number): Promise<string[]> {
  const last = Math.min(deepPage, Math.floor(count / pageSize)) - 1;
  const first = Math.max(1, last - 100);
  const rows = await source.query<{ k1: number; k2: number; id: string }[]>(
    `select loss as k1, macs as k2, id from (
       select loss, macs, id, row_number() over (order by loss, macs, id) as at
       from candidate where search_id = $1 and loss is not null) it
     where at % ${pageSize} = 0 and at between $2 and $3`,
    [searchId, first * pageSize, last * pageSize],
  );
  return rows.map((place) => pagePath(searchId, place));
}

/** The last page before each of many places in the list, none asked for before: what a reader of a page that nobody has read waits. */
async function coldPagesMs(source: DataSource, url: string, searchId: string, count: number) {
  const rows = await source.query<{ k1: number; k2: number; id: string }[]>(
    `select loss as k1, macs as k2, id from (
       select loss, macs, id, row_number() over (order by loss, macs, id) as at
       from candidate where search_id = $1 and loss is not null) it
     where at % $2 = 7`,
    [searchId, Math.floor(count / coldPages)],
  );
  const times: number[] = [];
  for (const place of rng(seed, 'cold').shuffle(rows)) {
    const start = performance.now();
    await (await fetch(url + pagePath(searchId, place))).text();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => Math.round(10 * times[Math.floor(share * times.length)]!) / 10;
  return { p50Ms: at(0.5), p99Ms: at(0.99), pages: times.length };
}

function pagePath(searchId: string, place: { k1: number; k2: number; id: string }): string {
  const cursor = Buffer.from(JSON.stringify({ sort: 'accuracy', ...place })).toString('base64url');
  return `/v1/searches/${searchId}/candidates?limit=${pageSize}&cursor=${cursor}`;
}

/** Through the repository, as workers do: candidates with two measurements each, then two costs each. */
async function ingest(source: DataSource, synthetic: SyntheticSearch, from: number) {
  const count = 10_000;
  const batch = 2000;
  const searches = new SearchRepository(source);
  const candidates = new CandidateRepository(source);
  const { id, epoch } = await synthetic.start(searches);
  let [recording, costing] = [0, 0];
  for (let at = from; at < from + count; at += batch) {
    const rows = Array.from({ length: batch }, (_, i) => at + i);
    const found = rows.map((row) => synthetic.candidate(row));
    const costs = rows.flatMap((row) => synthetic.costs(row));
    const start = performance.now();
    await candidates.record(id, epoch, found);
    const middle = performance.now();
    await candidates.recordCosts(id, epoch, costs);
    recording += middle - start;
    costing += performance.now() - middle;
  }
  return {
    candidatesPerSecond: Math.round(count / (recording / 1000)),
    costsPerSecond: Math.round((2 * count) / (costing / 1000)),
  };
}

/** A load after one of the same kind that is not counted. */
function loader(url: string, child: ChildProcess) {
  return async (paths: readonly string[], rate: number | null = null): Promise<LoadResult> => {
    const asked = { url, paths, connections, rate };
    await loadFrom(child, { ...asked, seconds: warmUpSeconds });
    return loadFrom(child, { ...asked, seconds });
  };
}

async function measure(source: DataSource, url: string, searchId: string, count: number) {
  const child = fork(path.resolve('dist/bench/query-load.child.js'));
  const load = loader(url, child);
  const paretoPaths = fronts.map(
    (objectives) => `/v1/searches/${searchId}/pareto?objectives=${objectives}`,
  );
  try {
    const paretoFirstMs = [];
    for (const front of paretoPaths) {
      const start = performance.now();
      await (await fetch(url + front)).text();
      paretoFirstMs.push(Math.round(performance.now() - start));
    }
    const queries = await bestPaths(source, searchId);
    const whileReading = await loadFrom(child, {
      ...{ url, paths: queries, connections, rate: null, seconds: count / 20_000 },
    });
    const best = await load(queries);
    const bestPaced = await load(queries, paced);
    const pareto = await load(paretoPaths);
    const firstPage = await load([`/v1/searches/${searchId}/candidates?limit=${pageSize}`]);
    const deep = await load(await deepPaths(source, searchId, count));
    return {
      bestP99Ms: best.p99Ms,
      [`bestAt${paced}PerSecondP99Ms`]: bestPaced.p99Ms,
      paretoP99Ms: pareto.p99Ms,
      firstPageP99Ms: firstPage.p99Ms,
      deepPageP99Ms: deep.p99Ms,
      coldPages: await coldPagesMs(source, url, searchId, count),
      ...{ paretoFirstMs, whileReading, best, bestPaced, pareto, firstPage, deepPage: deep },
    };
  } finally {
    child.kill();
  }
}

/** The mission query where the results are not held in memory: at full load, and at a hundred a second. */
async function fromDatabase(source: DataSource, url: string, searchId: string) {
  const child = fork(path.resolve('dist/bench/query-load.child.js'));
  const load = loader(url, child);
  try {
    const queries = await bestPaths(source, searchId);
    return { saturated: await load(queries), at100PerSecond: await load(queries, 100) };
  } finally {
    child.kill();
  }
}

export async function run() {
  const server = await database();
  try {
    await migrate(server.url);
    const source = await openDatabase(server.url, { poolSize: 2, applicationName: 'query-load' });
    const synthetic = new SyntheticSearch(seed);
    const results: Record<string, object> = {};
    for (const count of sizes) {
      const searchId = await synthetic.fill(source, count);
      const service = await api(server.url, memoryMb);
      const figures = await measure(source, service.url, searchId, count);
      await service.stop();
      const plain = await api(server.url, 0);
      const bestFromDatabase = await fromDatabase(source, plain.url, searchId);
      await plain.stop();
      const written = await ingest(source, synthetic, count);
      results[count] = { ...figures, bestFromDatabase, ingest: written };
    }
    await source.destroy();
    return { seed, connections, seconds, sizes: results };
  } finally {
    await server.stop();
  }
}
