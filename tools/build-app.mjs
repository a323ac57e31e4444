/**
 * @file Bundles one app for Node: our sources in, npm packages left outside. `main.ts` and every
 * `*.child.ts` (forked for numeric work) become entries; `createRequire`d packages resolve at run time.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { rolldown } from 'rolldown';

const app = process.argv[2];
const sources = `apps/${app}/src`;
const entries = readdirSync(sources, { recursive: true })
  .filter((file) => file === 'main.ts' || file.endsWith('.child.ts'))
  .map((file) => [path.basename(file, '.ts'), path.join(sources, file)]);

const isOurs = (id) => /^(\.|\/|\0|@sextant\/|@oxc-project\/)/.test(id);
const bundle = await rolldown({
  input: Object.fromEntries(entries),
  platform: 'node',
  tsconfig: './tsconfig.json',
  external: (id) => !isOurs(id),
});
await bundle.write({ dir: `dist/apps/${app}`, format: 'esm', sourcemap: true, cleanDir: true });
