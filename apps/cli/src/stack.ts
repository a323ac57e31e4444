/** @file The whole service on this machine: database, API and worker as processes that end with us. */
import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServiceUnavailableError } from '@sextant/common';
import { migrate, startEmbeddedPostgres } from '@sextant/persistence';
import { migrateQueue } from '@sextant/queue';

export interface StackOptions {
  readonly home: string;
  /** 0: any free port. */
  readonly port: number;
  readonly environment: NodeJS.ProcessEnv;
  readonly logLevel: string;
}

export interface Stack {
  readonly apiUrl: string;
  readonly database: 'embedded' | 'external';
  readonly queue: 'redis' | 'postgres';
  /** Ends every process that was started; safe to call twice. */
  stop(): Promise<void>;
}

const appEntry = (app: string): string =>
  fileURLToPath(new URL(`../${app}/main.js`, import.meta.url));

/** Starts what DATABASE_URL and REDIS_URL do not point at, then API and worker. Stops all of it when one fails. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { home, environment, port } = options;
  const external = environment['DATABASE_URL'] || undefined;
  const redisUrl = environment['REDIS_URL'] || undefined;
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const next of stops.splice(0).reverse()) await next();
  };
  try {
    const databaseUrl = external ?? (await startDatabase(home, stops));
    await migrate(databaseUrl);
    await migrateQueue({ redisUrl, databaseUrl });
    const env = {
      ...environment,
      DATABASE_URL: databaseUrl,
      SEXTANT_HOME: home,
      SEXTANT_LOG_LEVEL: options.logLevel,
      PORT: String(port),
    };
    const apps = await Promise.all(['api', 'worker'].map((app) => startApp(app, env, stops)));
    return {
      apiUrl: String(apps[0]),
      database: external ? 'external' : 'embedded',
      queue: redisUrl ? 'redis' : 'postgres',
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startDatabase(home: string, stops: (() => Promise<void>)[]): Promise<string> {
  const database = await startEmbeddedPostgres(path.join(home, 'postgres'));
  stops.push(() => database.stop());
  return database.url;
}

/** Resolves with what the app says of itself once it is ready. */
function startApp(
  app: string,
  env: NodeJS.ProcessEnv,
  stops: (() => Promise<void>)[],
): Promise<unknown> {
  const child = fork(appEntry(app), { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  stops.push(() => stopProcess(child));
  return new Promise((resolve, reject) => {
    child.once('message', (message: { ready: unknown }) => resolve(message.ready));
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(
        new ServiceUnavailableError(`the ${app} ended before it was ready (${code ?? signal})`),
      ),
    );
  });
}

const stopProcess = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
