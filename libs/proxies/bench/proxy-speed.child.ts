/**
 * @file In a process of its own: CPU milliseconds for each of some cells by some proxies, the session already open.
 * usage: proxy-speed PROXIES BATCH CELLS. Prints one JSON line.
 */
import { probeLowerings } from '@sextant/engine';
import { cpuOf } from '@sextant/common/testing';
import { cellFamily, nasBench201Cifar10, openScorer, type ProxyName } from '../src';
import { cifarBatch } from './cifar-batch';

const [proxies, batch, ...cells] = process.argv.slice(2) as [string, string, ...string[]];
const size = Number(batch);
const opened = process.cpuUsage();
const scorer = openScorer({
  family: cellFamily(nasBench201Cifar10),
  proxies: proxies.split(',') as ProxyName[],
  batches: [cifarBatch(size, 0), cifarBatch(size, 1)],
  seed: 1,
  threads: 1,
  lowerings: await probeLowerings(),
});
const score = (cell: string) => scorer.score([...cell].map(Number));
await score(cells[0]!);
const { user, system } = process.cpuUsage(opened);
const cpuMs: number[] = [];
for (const cell of cells) cpuMs.push(await cpuOf(() => score(cell)));
await scorer.release();
const peakRssMb = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ cpuMs, openCpuMs: (user + system) / 1000, peakRssMb }));
