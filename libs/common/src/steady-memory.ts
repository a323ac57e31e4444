/** @file How a process is started that trains, and loads and releases models, for hours: so that its memory stays flat. */

/**
 * Neither is a limit (docs/engine.md, "Life"). glibc gives blocks of 1 MiB and more back when they are freed; left to itself it
 * raises that threshold to 32 MiB, and its heap fills with what lies between released sessions. V8's young generation stays small
 * instead of growing by 20 MiB when it happens to. Other systems ignore the environment.
 */
export const steadyMemory: {
  readonly environment: Readonly<Record<string, string>>;
  readonly nodeOptions: readonly string[];
} = {
  environment: { MALLOC_MMAP_THRESHOLD_: String(2 ** 20) },
  nodeOptions: ['--max-semi-space-size=2'],
};
