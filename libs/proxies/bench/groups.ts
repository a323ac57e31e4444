/** @file Proxies that are scored together because they share passes, and on how many images and networks. */
import type { ProxyName } from '../src';

export interface ProxyGroup {
  readonly proxies: readonly ProxyName[];
  readonly batchSize: number;
  /** Networks scored by default. */
  readonly cells: number;
}

export const groups = {
  flow: { proxies: ['params', 'macs', 'l2_norm', 'synflow'], batchSize: 1, cells: 1000 },
  gradients: { proxies: ['grad_norm', 'plain', 'snip', 'fisher'], batchSize: 64, cells: 1000 },
  responses: { proxies: ['nwot', 'jacob_cov', 'epe_nas'], batchSize: 64, cells: 1000 },
  zen: { proxies: ['zen'], batchSize: 16, cells: 1000 },
  swap: { proxies: ['swap'], batchSize: 32, cells: 1000 },
  zico: { proxies: ['zico'], batchSize: 64, cells: 300 },
  grasp: { proxies: ['grasp'], batchSize: 64, cells: 300 },
  gradSign: { proxies: ['grad_sign'], batchSize: 16, cells: 300 },
  meco: { proxies: ['meco'], batchSize: 1, cells: 300 },
  azNas: {
    proxies: ['az_expressivity', 'az_progressivity', 'az_trainability'],
    batchSize: 64,
    cells: 300,
  },
} as const satisfies Readonly<Record<string, ProxyGroup>>;

export type GroupName = keyof typeof groups;

/** Every group that `proxy` is of (one). */
export const groupOf = (proxy: ProxyName): GroupName =>
  (Object.keys(groups) as GroupName[]).find((name) =>
    (groups[name].proxies as readonly ProxyName[]).includes(proxy),
  )!;
