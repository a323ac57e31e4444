/** @file Commands run side by side: ours and PyTorch's, each in a process of its own, pinned where the system can. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const canPin = existsSync('/usr/bin/taskset');

/** Runs a command on one core (where it can be pinned) or freely, and parses the last line it prints as JSON. */
export function run<T>(
  command: readonly string[],
  options: { readonly pinned: boolean; readonly environment?: Readonly<Record<string, string>> },
): T {
  const words = options.pinned && canPin ? ['taskset', '-c', '0', ...command] : command;
  const [program = '', ...args] = words;
  const printed = execFileSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, ...options.environment },
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(printed.trim().split('\n').at(-1) as string) as T;
}

/** A Python that has PyTorch, or why there is none. */
export function findPyTorch(): { readonly python: string } | { readonly missing: string } {
  for (const python of ['/usr/bin/python3', 'python3']) {
    try {
      execFileSync(python, ['-c', 'import torch'], { stdio: 'ignore' });
      return { python };
    } catch {
      // Not this one.
    }
  }
  return { missing: 'no PyTorch here (Debian: python3-torch libopenblas0-pthread)' };
}

/** A file of the engine's benchmarks; they run from the root of the repository. */
export const benchFile = (name: string): string => path.resolve('libs/engine/bench', name);

/** A child that was bundled beside the benchmark. */
export const childFile = (name: string): string => path.resolve('dist/bench', `${name}.js`);

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] as number;

/** glibc kept from returning memory between steps: what a careful user of PyTorch sets. */
export const tunedMalloc = {
  MALLOC_MMAP_MAX_: '0',
  MALLOC_TRIM_THRESHOLD_: '4000000000',
  MALLOC_TOP_PAD_: '268435456',
} as const;

/** CPU milliseconds of this process, all threads, that `work` takes. */
export async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
