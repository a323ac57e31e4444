/** @file The whole service on this machine: database, API and worker as processes that end with us. */
import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServiceUnavailableError } from '@sextant/common';
import { migrate, startEmbeddedPostgres, type EmbeddedPostgres } from '@sextant/persistence';
import { migrateQueue } from '@sextant/queue';

export interface StackOptions {
  readonly home: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly environment: NodeJS.ProcessEnv;
  readonly logLevel: string;
  /** Gives up starting. */
  readonly signal: AbortSignal;
}

export interface Stack {
  readonly apiUrl: string;
  readonly database: 'embedded' | 'external';
  readonly queue: 'redis' | 'postgres';
  /** Rejects when a process that the service needs has ended and stays away. */
  readonly failed: Promise<never>;
  /** Ends every process that was started; every caller waits for the same end. */
  stop(): Promise<void>;
}

/** A worker that was killed is started again so often: its search goes on from a checkpoint. */
const workerRestarts = 3;

/** Apps end within 30 s of SIGTERM; what is left then is killed. */
const patienceMs = 31_000;

const appEntry = (app: string): string =>
  fileURLToPath(new URL(`../${app}/main.js`, import.meta.url));

/**
 * Starts what DATABASE_URL and REDIS_URL do not point at, then API and worker. Stops all of it when one fails.
 * @throws {ServiceUnavailableError} an app ended before it was ready
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { home, environment, signal } = options;
  const external = environment['DATABASE_URL'] || undefined;
  const redisUrl = environment['REDIS_URL'] || undefined;
  const apps: App[] = [];
  let database: EmbeddedPostgres | null = null;
  let stopping: Promise<void> | null = null;
  /** Apps first and together, then the database they write to. */
  const stopAll = async (): Promise<void> => {
    await Promise.all(apps.map((app) => app.stop()));
    await database?.stop();
  };
  const stop = (): Promise<void> => (stopping ??= stopAll());
  let lose: (error: ServiceUnavailableError) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (lose = reject));
  failed.catch(() => undefined); // whoever races on it hears of it
  try {
    if (!external) database = await startEmbeddedPostgres(path.join(home, 'postgres'));
    const databaseUrl = external ?? String(database?.url);
    signal.throwIfAborted();
    await migrate(databaseUrl);
    await migrateQueue({ redisUrl, databaseUrl });
    signal.throwIfAborted();
    const env = {
      ...environment,
      DATABASE_URL: databaseUrl,
      SEXTANT_HOME: home,
      SEXTANT_LOG_LEVEL: options.logLevel,
      HOST: options.host,
      PORT: String(options.port),
    };
    const start = (app: string, restarts: number): Promise<unknown> => {
      const supervised = new App(app, env, restarts, lose);
      apps.push(supervised);
      return untilAborted(supervised.start(), signal);
    };
    const [apiUrl] = await Promise.all([start('api', 0), start('worker', workerRestarts)]);
    return {
      apiUrl: String(apiUrl),
      database: external ? 'external' : 'embedded',
      queue: redisUrl ? 'redis' : 'postgres',
      failed,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What `work` gives, unless the signal comes first. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** One app as a process, started again when it dies unasked. */
class App {
  private child: ChildProcess | null = null;
  private isStopping = false;

  constructor(
    private readonly name: string,
    private readonly env: NodeJS.ProcessEnv,
    private restartsLeft: number,
    private readonly onLost: (error: ServiceUnavailableError) => void,
  ) {}

  /** Resolves with what the app says of itself once it is ready. */
  start(): Promise<unknown> {
    const child = fork(appEntry(this.name), {
      env: this.env,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.child = child;
    return new Promise((resolve, reject) => {
      const end = (how: unknown): void =>
        reject(
          new ServiceUnavailableError(
            `the ${this.name} ended before it was ready (${String(how)})`,
          ),
        );
      child.once('error', reject);
      child.once('exit', (code, signal) => end(code ?? signal));
      child.once('message', (message: { ready: unknown }) => {
        child.removeAllListeners('exit');
        child.once('exit', (code, signal) => this.died(code ?? signal));
        resolve(message.ready);
      });
    });
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      const kill = setTimeout(() => child.kill('SIGKILL'), patienceMs);
      child.once('exit', () => {
        clearTimeout(kill);
        resolve();
      });
      child.kill('SIGTERM');
    });
  }

  private died(how: number | string | null): void {
    if (this.isStopping) return;
    const lost = new ServiceUnavailableError(`the ${this.name} ended unasked (${String(how)})`);
    if (this.restartsLeft-- <= 0) return this.onLost(lost);
    process.stderr.write(`sextant: ${lost.message}; starting it again\n`);
    this.start().catch((error: unknown) => {
      if (!this.isStopping) this.onLost(error instanceof ServiceUnavailableError ? error : lost);
    });
  }
}
