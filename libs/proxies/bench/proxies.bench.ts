/**
 * @file Zero-cost proxies on random NAS-Bench-201 networks and a batch of CIFAR-10: agreement with published values, with
 * accuracy, networks per second, and cost against PyTorch.
 *
 * Scores are kept in .sextant/bench/proxies and computed once; SEXTANT_PROXY_CELLS caps the networks of every group (default:
 * 1,000 for what is cheap, 300 for the rest), SEXTANT_PROXY_SECONDS the time a group may take this time.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { rng } from '@sextant/common';
import {
  childFile,
  findPyTorch,
  median,
  run as runCommand,
  withoutTables,
} from '@sextant/common/testing';
import { bootstrapInterval, kendallTauB, spearman } from '@sextant/statistics';
import { azNasComponents, rankFusion, vote, voters, zeroCostProxies, type ProxyName } from '../src';
import { sampledCells, tableColumns, type TabledCell } from './cell-sample';
import { groupOf, groups, type GroupName } from './groups';

interface Row {
  readonly cell: readonly number[];
  readonly scores: Readonly<Partial<Record<ProxyName, number>>>;
  readonly failures: Readonly<Partial<Record<ProxyName, { readonly code: string }>>>;
  readonly cpuMs: number;
}

const seed = 1;
const cap = Number(process.env['SEXTANT_PROXY_CELLS'] ?? Infinity);
const seconds = process.env['SEXTANT_PROXY_SECONDS'] ?? 'Infinity';
const names = Object.keys(zeroCostProxies) as ProxyName[];
const groupNames = Object.keys(groups) as GroupName[];

/** Rows of a group by cell; what is missing is computed first. */
function rowsOf(group: GroupName, sampled: readonly TabledCell[]): (Row & TabledCell)[] {
  const folder = path.resolve('.sextant/bench/proxies');
  mkdirSync(folder, { recursive: true });
  const { batchSize, cells } = groups[group];
  const count = Math.min(cap, cells);
  const file = path.join(folder, `${group}-batch${batchSize}-seed${seed}.jsonl`);
  const child = childFile('proxy-rows.child');
  const command = [process.execPath, child, group, String(count), file, String(seed), seconds];
  runCommand(command, { pinned: false });
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const rows = lines.map((line) => JSON.parse(line) as Row);
  const byCell = new Map(rows.map((row) => [row.cell.join(''), row]));
  return sampled.slice(0, count).flatMap((tabled) => {
    const row = byCell.get(tabled.cell.join(''));
    return row ? [{ ...tabled, ...row }] : [];
  });
}

/** A statistic of pairs with its 95 % interval. */
function interval(
  statistic: (x: ArrayLike<number>, y: ArrayLike<number>) => number,
  x: readonly number[],
  y: readonly number[],
) {
  const draw = rng(seed, 'bootstrap');
  const { value, lower, upper } = bootstrapInterval(statistic, { x, y }, { rng: draw });
  return { value, lower, upper };
}

/** Failures rank below every score, whatever the direction. */
const asNumbers = (column: readonly (number | null)[]): number[] => {
  const lowest = Math.min(...column.filter((value) => value !== null));
  return column.map((value) => value ?? lowest - 1);
};

type ScoredCell = Row & TabledCell;

const accuraciesOf = (rows: readonly TabledCell[]): number[] =>
  rows.map(({ accuracy }) => accuracy);

function againstAccuracy(column: readonly (number | null)[], rows: readonly TabledCell[]) {
  const [x, y] = [asNumbers(column), accuraciesOf(rows)];
  return {
    n: x.length,
    spearmanWithAccuracy: interval(spearman, x, y),
    kendallWithAccuracy: interval(kendallTauB, x, y),
  };
}

function proxyReport(name: ProxyName, rows: readonly ScoredCell[]) {
  const column = rows.map(({ scores }) => scores[name] ?? null);
  const published = rows.map((row) => row.published[tableColumns[name] ?? name] ?? NaN);
  return {
    ...againstAccuracy(column, rows),
    failed: column.filter((value) => value === null).length,
    direction: zeroCostProxies[name].direction,
    ...(published.every(Number.isFinite)
      ? {
          spearmanWithTable: interval(spearman, asNumbers(column), published),
          tableWithAccuracy: spearman(published, accuraciesOf(rows)),
        }
      : {}),
  };
}

/** Ranks of several proxies over the networks that all of them have been computed for. */
function populationReports(rowsByGroup: ReadonlyMap<GroupName, readonly ScoredCell[]>) {
  const reportOf = (fuse: typeof rankFusion, proxies: readonly ProxyName[]) => {
    const all = proxies.map((name) => rowsByGroup.get(groupOf(name)) ?? []);
    const byCell = all.map((rows) => new Map(rows.map((row) => [row.cell.join(''), row])));
    const rows = (all[0] ?? []).filter(({ cell }) =>
      byCell.every((known) => known.has(cell.join(''))),
    );
    if (rows.length < 10) return { n: rows.length };
    const columns = proxies.map((name, at) =>
      rows.map(({ cell }) => byCell[at]?.get(cell.join(''))?.scores[name] ?? null),
    );
    return againstAccuracy([...fuse(columns)], rows);
  };
  const three = ['nwot', 'synflow', 'jacob_cov'] as const;
  return {
    az_nas: reportOf(rankFusion, azNasComponents),
    vote: reportOf(vote, voters),
    'nwot+synflow+jacob_cov': reportOf(rankFusion, three),
    'nwot+synflow+jacob_cov+params': reportOf(rankFusion, [...three, 'params']),
  };
}

/** Networks of few, middling and many operations. */
const timedCells = ['131042', '313214', '422310', '103231', '343210', '123421'];
const rounds = 2;

interface Timing {
  readonly cpuMs: readonly number[];
  readonly openCpuMs: number;
  readonly peakRssMb: number;
}

const timing = (proxies: readonly ProxyName[], batchSize: number): Timing =>
  runCommand(
    [
      process.execPath,
      childFile('proxy-speed.child'),
      proxies.join(),
      String(batchSize),
      ...timedCells,
    ],
    { pinned: true },
  );

const mean = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length;

/** Ours and PyTorch's in turn, each on one core. */
function againstPyTorch() {
  const peer = findPyTorch();
  const common: readonly ProxyName[] = ['snip', 'grad_norm', 'synflow'];
  const [ours, theirs]: [number[], number[]] = [[], []];
  let version = '';
  for (let round = 0; round < rounds; round++) {
    ours.push(mean(timing(common, 64).cpuMs));
    if ('missing' in peer) continue;
    const script = path.resolve('libs/proxies/bench/peer/zero_cost.py');
    const result = runCommand<{ cpuMs: number[]; version: string; openblas: boolean }>(
      [peer.python, script, '1', '64', ...timedCells],
      { pinned: true },
    );
    theirs.push(mean(result.cpuMs));
    version = `PyTorch ${result.version}${result.openblas ? ' with OpenBLAS' : ' WITHOUT OpenBLAS: the ratio flatters us'}`;
  }
  const withNwot: readonly ProxyName[] = [...common, 'nwot'];
  return {
    commonSet: { proxies: withNwot, cpuMs: mean(timing(withNwot, 64).cpuMs) },
    oursCpuMs: median(ours),
    ...('missing' in peer
      ? { peer: peer.missing }
      : { peer: version, peerCpuMs: median(theirs), ratioPyTorch: median(ours) / median(theirs) }),
  };
}

export function run() {
  const absent = withoutTables(
    'zero_cost/nb201_cifar10_9445.csv.gz',
    'nasbench201/nb201.csv.gz',
    'cifar10/train_4000.bin.gz',
  );
  if (absent) return { n: 0, skipped: absent };
  const cells = sampledCells(1000);
  const rowsByGroup = new Map(groupNames.map((group) => [group, rowsOf(group, cells)]));
  const speeds = Object.fromEntries(
    groupNames.map((group) => {
      const { cpuMs, openCpuMs, peakRssMb } = timing(
        groups[group].proxies,
        groups[group].batchSize,
      );
      return [group, { archsPerSecond: 1000 / mean(cpuMs), openCpuMs, peakRssMb }];
    }),
  );
  const proxies = Object.fromEntries(
    names.flatMap((name) => {
      const group = groupOf(name);
      const rows = rowsByGroup.get(group) ?? [];
      if (rows.length < 10) return [];
      const report = proxyReport(name, rows);
      const alone = { batchSize: groups[group].batchSize, ...speeds[group] };
      return [[name, { ...report, ...alone }]];
    }),
  );
  return {
    n: cells.length,
    seed,
    accuracy: 'c10_test_200',
    proxies,
    population: populationReports(rowsByGroup),
    ...againstPyTorch(),
  };
}
