/** @file `sextant doctor`: what this machine has, what is missing, and what to do about it. */
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import { messageOf } from '@sextant/common';
import {
  executionProviders,
  probeLowerings,
  type ExecutionProvider,
  type Lowering,
} from '@sextant/engine';
import { Redis } from 'ioredis';
import pg from 'pg';
import { CommandFailed, exitStatus } from '../exit-status';

interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly said: string;
}

const gibibyte = 2 ** 30;
const enoughDisk = 2 * gibibyte;

async function database(url: string | undefined): Promise<Finding> {
  const what = 'PostgreSQL';
  if (!url)
    return { what, ok: true, said: 'DATABASE_URL is not set: the embedded server will be used' };
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3000 });
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    return { what, ok: true, said: rows[0]?.server_version ?? 'answers' };
  } catch (error) {
    return {
      what,
      ok: false,
      said: `${messageOf(error)}; check DATABASE_URL and that the server runs`,
    };
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function redis(url: string | undefined): Promise<Finding> {
  const what = 'Redis';
  if (!url) return { what, ok: true, said: 'REDIS_URL is not set: jobs travel through PostgreSQL' };
  const client = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  client.on('error', () => undefined); // connect() below reports it
  try {
    await client.connect();
    const version = /redis_version:(\S+)/.exec(await client.info('server'))?.[1];
    const policy = /maxmemory_policy:(\S+)/.exec(await client.info('memory'))?.[1];
    const ok = policy === 'noeviction';
    const fix = ok ? '' : '; set maxmemory-policy noeviction, or jobs may vanish';
    return { what, ok, said: `${version}, ${policy}${fix}` };
  } catch (error) {
    return {
      what,
      ok: false,
      said: `${messageOf(error)}; check REDIS_URL and that the server runs`,
    };
  } finally {
    client.disconnect();
  }
}

function disk(): Finding {
  const { bavail, bsize } = statfsSync('.');
  const free = bavail * bsize;
  const ok = free >= enoughDisk;
  const said = `${(free / gibibyte).toFixed(1)} GiB free here${ok ? '' : '; make room for checkpoints and models'}`;
  return { what: 'disk', ok, said };
}

/** Vector instructions that speed up convolutions, as Linux lists them; empty where it cannot be told. */
function vectorInstructions(): string {
  const list = '/proc/cpuinfo';
  const text = existsSync(list) ? readFileSync(list, 'utf8') : '';
  const flags = /^(?:flags|Features)\s*:(.*)$/m.exec(text)?.[1]?.trim().split(/\s+/) ?? [];
  return ['avx2', 'fma', 'avx512f', 'avx512_vnni', 'asimd', 'sve']
    .filter((flag) => flags.includes(flag))
    .join(' ');
}

function machine(): Finding {
  const [cpu] = os.cpus();
  const vectors = vectorInstructions();
  const memory = (os.totalmem() / gibibyte).toFixed(1);
  return {
    what: 'machine',
    ok: true,
    said: `${cpu?.model.trim() ?? 'unknown'}, ${os.availableParallelism()} cores, ${memory} GiB, Node ${process.version}${vectors && `, ${vectors}`}`,
  };
}

/** ONNX Runtime, its execution providers, and what the engine writes for them on this machine. */
async function runtime(): Promise<Finding[]> {
  const what = 'ONNX Runtime';
  try {
    const require = createRequire(import.meta.url);
    const { version } = require('onnxruntime-node/package.json') as { version: string };
    const [processor, ...others] = await Promise.all(executionProviders.map(probeProvider));
    const providers = [processor, ...others].filter((it) => it !== undefined);
    const usable = providers.filter(({ isUsable }) => isUsable).map(({ name }) => name);
    const threads = os.availableParallelism();
    return [
      { what, ok: true, said: `onnxruntime-node ${version}, ${threads} threads` },
      {
        what: 'providers',
        ok: true,
        said: `${usable.join(', ')}${providers.flatMap(({ name, why }) => (why ? [`; no ${name}: ${why}`] : [])).join('')}`,
      },
      { what: 'formulations', ok: true, said: processor?.formulations ?? 'unknown' },
    ];
  } catch (error) {
    return [{ what, ok: false, said: `${messageOf(error)}; run npm ci on this platform` }];
  }
}

const longestReason = 90;
const lastWords = (text: string): string =>
  text.length <= longestReason ? text : `…${text.slice(-longestReason)}`;

async function probeProvider(name: ExecutionProvider) {
  const { executionProvider, known, elastic, fallback } = await probeLowerings(name);
  const isUsable = executionProvider === name;
  const reason = fallback?.replace(`${name}: `, '').replaceAll(/\s+/g, ' ') ?? '';
  const describe = ({ featureOrder, blockChannels }: Lowering): string =>
    blockChannels === null
      ? `portable ops, maps as ${featureOrder}`
      : `blocked kernels (${blockChannels} channels), maps as ${featureOrder}`;
  return {
    name,
    isUsable,
    why: isUsable ? null : lastWords(reason),
    formulations: `networks of known sizes: ${describe(known)}; supernets: ${describe(elastic)}${
      isUsable && fallback ? `; no blocked kernels: ${fallback}` : ''
    }`,
  };
}

export async function doctor({ json }: { readonly json?: boolean }): Promise<void> {
  const findings = [
    machine(),
    disk(),
    ...(await runtime()),
    await database(process.env['DATABASE_URL'] || undefined),
    await redis(process.env['REDIS_URL'] || undefined),
  ];
  if (json) process.stdout.write(`${JSON.stringify(findings)}\n`);
  else {
    for (const { what, ok, said } of findings) {
      process.stdout.write(`${ok ? 'ok  ' : 'FAIL'}  ${what.padEnd(12)}  ${said}\n`);
    }
  }
  const broken = findings.filter(({ ok }) => !ok);
  if (broken.length > 0) {
    throw new CommandFailed(
      `${broken.map(({ what }) => what).join(', ')} need attention`,
      exitStatus.failed,
    );
  }
}
