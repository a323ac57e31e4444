/** @file Where BullMQ keeps its jobs: Redis in production, PostgreSQL where there is no Redis. */
import {
  createPostgresBackend,
  runMigrations,
  setDefaultBackendFactory,
  type ConnectionOptions,
} from 'bullmq';
import pg from 'pg';

export interface QueueConnection {
  readonly kind: 'redis' | 'postgres';
  readonly connection: ConnectionOptions;
  /** Keeps deployments and test runs that share one server apart. */
  readonly prefix: string;
}

export interface QueueConfig {
  readonly redisUrl?: string | undefined;
  readonly databaseUrl: string;
  readonly prefix?: string | undefined;
}

/** Chooses the store; on PostgreSQL, also makes that BullMQ's default of this process. */
export function queueConnection({
  redisUrl,
  databaseUrl,
  prefix = 'sextant',
}: QueueConfig): QueueConnection {
  if (redisUrl) return { kind: 'redis', prefix, connection: redisOptions(new URL(redisUrl)) };
  setDefaultBackendFactory(createPostgresBackend as never); // BullMQ types the factory by its Redis clients
  const connection = { connectionString: databaseUrl, max: 4 } as unknown as ConnectionOptions;
  return { kind: 'postgres', prefix, connection };
}

const redisOptions = (url: URL): ConnectionOptions => ({
  host: url.hostname,
  port: Number(url.port || 6379),
  db: Number(url.pathname.slice(1) || 0),
  ...(url.username ? { username: decodeURIComponent(url.username) } : {}),
  ...(url.password ? { password: decodeURIComponent(url.password) } : {}),
  ...(url.protocol === 'rediss:' ? { tls: {} } : {}),
  maxRetriesPerRequest: null,
});

/** BullMQ's own tables, where it keeps jobs in PostgreSQL; nothing to do on Redis. */
export async function migrateQueue({ redisUrl, databaseUrl }: QueueConfig): Promise<void> {
  if (redisUrl) return;
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    await runMigrations(client); // takes any client with query()
  } finally {
    await client.end();
  }
}
