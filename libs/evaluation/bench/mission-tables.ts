/** @file NAS-Bench-201 × HW-NAS-Bench as missions: different reachable networks, what training and measuring them gives. */
import { numbers, readTable } from '@sextant/common/testing';
import {
  cellAt,
  cellIndex,
  canonicalCell,
  cellMacs,
  cellOneHot,
  cellParams,
} from '@sextant/search-space';
import { quantile } from '@sextant/statistics';
import { rankScores, type MissionCandidate } from '../src/mission';

export const devices = ['edgegpu', 'raspi4', 'edgetpu', 'pixel3', 'eyeriss', 'fpga'] as const;
export type Device = (typeof devices)[number];
export const quantiles = [0.1, 0.25, 0.5] as const;

/** Picked in the study this protocol comes from with CIFAR-10's accuracies in view. */
const leading = ['nwot', 'params', 'jacov', 'synflow'];
const others = [
  'flops',
  'zen',
  'epe_nas',
  'fisher',
  'grad_norm',
  'grasp',
  'l2_norm',
  'plain',
  'snip',
];

/** How far from "all choices matter at once" a one-hot column counts: half a rank. */
const oneHotScale = 0.5;

export interface Network {
  readonly candidate: MissionCandidate;
  /** Official index of the row that stands for its class. */
  readonly index: number;
}

export interface DatasetTables {
  readonly networks: readonly Network[];
  /** By official index: what a training reports, and what is true. */
  readonly validation: readonly number[];
  readonly test: readonly number[];
  readonly latency: Readonly<Record<Device, readonly number[]>>;
}

/** Of each class, its row of smallest index among those without unreachable edges, which are the ones with proxies. */
function classRows(): Readonly<Record<string, string>>[] {
  const rows = readTable('zero_cost/nb201_cifar10_9445.csv.gz');
  const known = new Set<number>();
  return rows
    .sort((a, b) => Number(a['idx']) - Number(b['idx']))
    .filter(({ idx }) => {
      const name = cellIndex(canonicalCell(cellAt(Number(idx))));
      const isNew = !known.has(name);
      known.add(name);
      return isNew;
    });
}

/** Rank scores of columns whose sign is kept as published. */
const scoresOf = (rows: Readonly<Record<string, string>>[], names: readonly string[]) =>
  names.map((name) => rankScores(numbers(rows, name)));

export function readTables(dataset: 'cifar10' | 'cifar100'): DatasetTables {
  const rows = classRows();
  const [lead, rest] = [scoresOf(rows, leading), scoresOf(rows, others)];
  const networks = rows.map(({ idx }, at): Network => {
    const index = Number(idx);
    const cell = cellAt(index);
    const oneHot = cellOneHot(cell);
    return {
      index,
      candidate: {
        id: String(index),
        proxies: lead.map((score) => score[at] as number),
        accuracyFeatures: [
          ...oneHot.map((it) => it * oneHotScale),
          ...rest.map((score) => score[at] as number),
        ],
        costFeatures: [...oneHot, cellMacs(cell), cellParams(cell)],
      },
    };
  });
  const accuracy = readTable('nasbench201/nb201.csv.gz');
  const prefix = dataset === 'cifar10' ? 'c10' : 'c100';
  const hardware = readTable(`hw_nas_bench/nb201_${dataset}.csv.gz`);
  return {
    networks,
    validation: numbers(accuracy, `${prefix}_val_200`),
    test: numbers(accuracy, `${prefix}_test_200`),
    latency: Object.fromEntries(
      devices.map((device) => [device, numbers(hardware, `${device}_latency`)]),
    ) as Record<Device, number[]>,
  };
}

/** One question: networks of a device's table with a latency, and a limit at a quantile of theirs. */
export interface Case {
  readonly device: Device;
  readonly quantile: number;
  readonly limitMs: number;
  readonly networks: readonly Network[];
  readonly droppedRows: number;
}

export const casesOf = ({ networks, latency }: DatasetTables): Case[] =>
  devices.flatMap((device) => {
    const valid = networks.filter(({ index }) => (latency[device][index] as number) > 0);
    const values = valid.map(({ index }) => latency[device][index] as number);
    return quantiles.map((share) => ({
      device,
      quantile: share,
      limitMs: quantile(Float64Array.from(values).sort(), share),
      networks: valid,
      droppedRows: networks.length - valid.length,
    }));
  });
