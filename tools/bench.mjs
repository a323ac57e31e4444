/**
 * @file Runs one benchmark: `npm run bench -- <name>`. Bundles <name>.bench.ts of a library or app, runs it, prints its result as one
 * JSON line with machine and commit, and writes the line to bench/results/<name>.json.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const [name] = process.argv.slice(2);
const folders = ['libs', 'apps']
  .flatMap((root) => readdirSync(root).map((project) => `${root}/${project}/bench`))
  .filter((folder) => existsSync(folder));
const found = folders
  .map((folder) => `${folder}/${name}.bench.ts`)
  .find((file) => existsSync(file));
if (!name || !found) {
  const all = folders.flatMap((folder) => readdirSync(folder));
  const names = all
    .filter((file) => file.endsWith('.bench.ts'))
    .map((file) => path.basename(file, '.bench.ts'));
  console.error(`usage: npm run bench -- <name>; there are: ${names.join(', ')}`);
  process.exit(2);
}

const isOurs = (id) => /^(\.|\/|\0|@sextant\/|@oxc-project\/)/.test(id);
const folder = path.dirname(found);
const children = readdirSync(folder).filter((file) => file.endsWith('.child.ts'));
const bundle = await rolldown({
  input: Object.fromEntries(
    [path.basename(found), ...children].map((file) => [
      file.replace(/(\.bench)?\.ts$/, ''),
      `${folder}/${file}`,
    ]),
  ),
  platform: 'node',
  tsconfig: './tsconfig.json',
  external: (id) => !isOurs(id),
});
await bundle.write({ dir: 'dist/bench', format: 'esm' });
const { run } = await import(pathToFileURL(path.resolve(`dist/bench/${name}.js`)).href);

const git = (...args) => execFileSync('git', args, { encoding: 'utf8' }).trim();
const line = JSON.stringify({
  bench: name,
  ...(await run()),
  machine: {
    cpu: os.cpus()[0]?.model.trim(),
    cores: os.availableParallelism(),
    node: process.version,
  },
  commit: git('rev-parse', '--short', 'HEAD'),
});
mkdirSync('bench/results', { recursive: true });
writeFileSync(`bench/results/${name}.json`, `${line}\n`);
console.log(line);
