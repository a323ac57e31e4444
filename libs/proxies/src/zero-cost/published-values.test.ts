import { rng } from '@sextant/common';
import { numbers, readTable, withoutTables } from '@sextant/common/testing';
import { spearman } from '@sextant/statistics';
import { describe, expect, it } from 'vitest';
import { scoresOf } from '../../testing';
import { cellFamily, nasBench201Cifar10 } from '.';
import { describeFamily } from './network/describe-network';
import { zeroCostProxies } from './zero-cost-proxies';

const tables = ['zero_cost/nb201_cifar10_9445.csv.gz', 'nasbench201/nb201.csv.gz'] as const;
const missing = withoutTables(...tables);

describe(`published values of NAS-Bench-201 networks${missing}`, () => {
  it.skipIf(missing !== '')(
    'agree: parameters exactly, norms of weights to 2 %, synflow in rank and to 1 %',
    async () => {
      const [published, cells] = tables.map(readTable);
      const rows = rng(7, 'cells').shuffle(published!).slice(0, 24);
      const codes = rows.map(({ idx }) => [...cells![Number(idx)]!['ops']!].map(Number));
      const proxies = ['params', 'l2_norm', 'synflow'] as const;
      const scored = await scoresOf({ family: cellFamily(nasBench201Cifar10), proxies }, codes);
      const ours = (name: (typeof proxies)[number]) => scored.map(({ scores }) => scores[name]!);

      expect(ours('params')).toEqual(
        numbers(rows, 'params').map((millions) => Math.round(1e6 * millions)),
      );
      const norms = numbers(rows, 'l2_norm');
      ours('l2_norm').forEach((norm, at) =>
        expect(Math.abs(norm / norms[at]! - 1)).toBeLessThan(0.02),
      );
      const flows = numbers(rows, 'synflow');
      ours('synflow').forEach((flow, at) =>
        expect(Math.abs(flow / flows[at]! - 1)).toBeLessThan(0.01),
      );
      expect(spearman(ours('synflow'), flows)).toBeGreaterThan(0.99);
    },
    120_000,
  );

  it.skipIf(missing !== '')('of all norms of weights agree in rank as far as one draw can', () => {
    const [published, cells] = tables.map(readTable);
    const codes = published!.map(({ idx }) => [...cells![Number(idx)]!['ops']!].map(Number));
    const family = cellFamily(nasBench201Cifar10);
    const { layers } = describeFamily(family, [0, 0, 0, 0, 0, 0]);
    const norms = codes.map((cell) => {
      const own = layers.filter(({ name }) => family.has(cell, `${name}.weight`));
      const weightNorms = own.map(({ outChannels }) => Math.sqrt(outChannels / 3));
      return zeroCostProxies.l2_norm.evaluate({ weightNorms }).score;
    });
    expect(spearman(norms, numbers(published!, 'l2_norm'))).toBeGreaterThan(0.965);
  });
});
