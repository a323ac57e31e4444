/** @file How much memory a process holds, seen from outside, so that a process stuck in native code is seen too. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

async function fromProc(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
}

async function fromPs(pid: number): Promise<number> {
  const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout.trim());
}

/** Resident bytes of `pid`; 0 where the process is gone or the platform does not say. */
export async function residentBytes(pid: number): Promise<number> {
  const kibibytes = process.platform === 'linux' ? fromProc : fromPs;
  return (await kibibytes(pid).catch(() => 0)) * 1024;
}
