/** @file A TypeScript file made a program, so that a test can run it in a process of its own. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';

const execute = promisify(execFile);

/** What we wrote is bundled; packages are resolved when the program runs. */
const isOurs = (id: string): boolean => /^(\.|\/|\0|@sextant\/|@oxc-project\/)/.test(id);

/**
 * Bundles `file` (absolute) into `dist/test-children` of the repository, which must be the working directory. Tests
 * that bundle the same file at the same time give it different names.
 */
export async function bundleChild(
  file: string,
  name = path.basename(file, '.ts'),
): Promise<string> {
  const output = path.resolve('dist/test-children', `${name}.js`);
  const bundle = await rolldown({
    input: file,
    platform: 'node',
    tsconfig: './tsconfig.json',
    external: (id) => !isOurs(id),
  });
  await bundle.write({ file: output, format: 'esm' });
  return output;
}

export interface ChildOptions {
  /** Of Node itself. */
  readonly nodeOptions?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs a bundled child and parses the last line it prints as JSON. */
export async function runChild<T>(
  program: string,
  args: readonly string[],
  { nodeOptions = [], environment = {} }: ChildOptions = {},
): Promise<T> {
  const env = { ...process.env, ...environment };
  const { stdout } = await execute(process.execPath, [...nodeOptions, program, ...args], { env });
  return JSON.parse(stdout.trim().split('\n').at(-1) as string) as T;
}
