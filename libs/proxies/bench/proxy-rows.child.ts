/**
 * @file In a process of its own: scores the sampled cells by the proxies of one group and appends a line of JSON for each to a
 * file, leaving out those that it has. usage: proxy-rows GROUP CELLS FILE SEED [SECONDS]. Prints one JSON line.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { probeLowerings } from '@sextant/engine';
import { cellFamily, nasBench201Cifar10, openScorer } from '../src';
import { sampledCells } from './cell-sample';
import { cifarBatch } from './cifar-batch';
import { groups, type GroupName } from './groups';

const [group, count, file, seed, seconds = 'Infinity'] = process.argv.slice(2) as [
  GroupName,
  string,
  string,
  string,
  string?,
];
const { proxies, batchSize } = groups[group];
const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
const known = new Set(lines.map((line) => (JSON.parse(line) as { cell: number[] }).cell.join('')));
const missing = sampledCells(Number(count)).filter(({ cell }) => !known.has(cell.join('')));
const until = performance.now() + 1000 * Number(seconds);
const scorer = openScorer({
  family: cellFamily(nasBench201Cifar10),
  proxies,
  batches: [cifarBatch(batchSize, 0), cifarBatch(batchSize, 1)],
  seed: Number(seed),
  threads: 1,
  lowerings: await probeLowerings(),
});
let computed = 0;
for (const { cell } of missing) {
  if (performance.now() > until) break;
  const before = process.cpuUsage();
  const { scores, failures } = await scorer.score(cell);
  const { user, system } = process.cpuUsage(before);
  const row = { cell, scores, failures, cpuMs: (user + system) / 1000 };
  appendFileSync(file, `${JSON.stringify(row)}\n`);
  computed++;
}
await scorer.release();
console.log(JSON.stringify({ known: known.size, computed }));
