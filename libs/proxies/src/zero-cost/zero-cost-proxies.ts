/** @file The registry of proxies of one network. */
import { fisher } from './proxies/fisher';
import { gradNorm } from './proxies/grad-norm';
import { l2Norm } from './proxies/l2-norm';
import { macs } from './proxies/macs';
import { params } from './proxies/params';
import { plain } from './proxies/plain';
import { snip } from './proxies/snip';
import { synflow } from './proxies/synflow';
import type { ZeroCostProxy } from './define-proxy';

export const zeroCostProxies = {
  params,
  macs,
  l2_norm: l2Norm,
  grad_norm: gradNorm,
  plain,
  snip,
  fisher,
  synflow,
} as const satisfies Readonly<Record<string, ZeroCostProxy>>;

export type ProxyName = keyof typeof zeroCostProxies;
export const proxyNames = Object.keys(zeroCostProxies) as ProxyName[];
