/** @file Starts the API: database, migrations, HTTP; ends it once, however many signals arrive. */
import 'reflect-metadata';
import path from 'node:path';
import { messageOf } from '@sextant/common';
import { migrate, startEmbeddedPostgres } from '@sextant/persistence';
import { migrateQueue } from '@sextant/queue';
import { createApi } from './api';
import { apiConfig, type ApiConfig } from './config/api-config';

/** R11 allows 30 s. */
const shutdownMs = 25_000;

interface Database {
  readonly url: string;
  stop(): Promise<void>;
}

const databaseOf = async ({ databaseUrl, home }: ApiConfig): Promise<Database> =>
  databaseUrl === undefined
    ? startEmbeddedPostgres(path.join(home, 'postgres'))
    : { url: databaseUrl, stop: () => Promise.resolve() };

function fail(error: unknown): void {
  process.stderr.write(`sextant api: ${messageOf(error)}\n`);
  process.exit(1);
}

/** What was opened so far, newest first. */
const opened: (() => Promise<void>)[] = [];

async function closeAll(): Promise<void> {
  for (const close of opened) await close();
}

/** At the first signal, or when the parent that waits for `ready` is gone; also while starting. */
function closeOnSignal(): void {
  let isClosing = false;
  const end = (): void => {
    if (isClosing) return;
    isClosing = true;
    setTimeout(() => process.exit(1), shutdownMs).unref();
    void closeAll().then(() => process.exit(0), fail);
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.on('disconnect', end);
}

async function main(): Promise<void> {
  closeOnSignal();
  const config = apiConfig(process.env);
  const database = await databaseOf(config);
  opened.unshift(() => database.stop());
  await migrate(database.url);
  await migrateQueue({ redisUrl: config.redisUrl, databaseUrl: database.url });
  const api = await createApi({ ...config, databaseUrl: database.url });
  opened.unshift(() => api.close());
  await api.app.listen(config.port, config.host);
  process.send?.({ ready: await api.app.getUrl() });
}

await main().catch(async (error: unknown) => {
  await closeAll();
  fail(error);
});
