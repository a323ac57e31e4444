/** @file The networks that proxies are held to: cells with published values, and what the benchmark's table says of them. */
import { rng } from '@sextant/common';
import { readTable } from '@sextant/common/testing';

export interface TabledCell {
  readonly cell: readonly number[];
  /** CIFAR-10 test accuracy after 200 epochs, per cent. */
  readonly accuracy: number;
  /** Published values of proxies, by the table's names. */
  readonly published: Readonly<Record<string, number>>;
}

/** Our name to the table's, where they differ. NASLib's flops are not MACs, but close in rank. */
export const tableColumns: Readonly<Record<string, string>> = { macs: 'flops', jacob_cov: 'jacov' };

/** The first `count` of one random order of the 9,445 cells without unreachable edges. */
export function sampledCells(count: number): TabledCell[] {
  const values = readTable('zero_cost/nb201_cifar10_9445.csv.gz');
  const cells = readTable('nasbench201/nb201.csv.gz');
  return rng(7, 'cells')
    .shuffle(values)
    .slice(0, count)
    .map(({ idx, ...columns }) => {
      const row = cells[Number(idx)]!;
      const published = Object.entries(columns).map(([name, value]) => [name, Number(value)]);
      return {
        cell: [...row['ops']!].map(Number),
        accuracy: Number(row['c10_test_200']),
        published: Object.fromEntries(published) as Record<string, number>,
      };
    });
}
