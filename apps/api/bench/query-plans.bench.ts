/** @file Writes the plans of the hot reads on 100,000 candidates to libs/persistence/plans. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { hotPlans, migrate, openDatabase, startEmbeddedPostgres } from '@sextant/persistence';
import { SyntheticSearch } from './synthetic-search';

const candidates = 100_000;
const folder = 'libs/persistence/plans';

export async function run() {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'sextant-query-plans-'));
  chmodSync(directory, 0o755);
  const server = await startEmbeddedPostgres(directory);
  try {
    await migrate(server.url);
    const source = await openDatabase(server.url, { poolSize: 1 });
    const searchId = await new SyntheticSearch(1).fill(source, candidates);
    const plans = await hotPlans(source, searchId);
    await source.destroy();
    mkdirSync(folder, { recursive: true });
    for (const [name, lines] of Object.entries(plans))
      writeFileSync(`${folder}/${name}.txt`, `${lines.join('\n')}\n`);
    return { candidates, plans: Object.keys(plans) };
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}
