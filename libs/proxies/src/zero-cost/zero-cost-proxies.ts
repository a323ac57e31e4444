/** @file The registry of proxies of one network. */
import { agreement } from './proxies/agreement';
import { azExpressivity, azProgressivity, azTrainability } from './proxies/az-nas';
import { effectiveRank, power } from './proxies/effective-rank';
import { epeNas } from './proxies/epe-nas';
import { fisher } from './proxies/fisher';
import { gradNorm } from './proxies/grad-norm';
import { gradSign } from './proxies/grad-sign';
import { grasp } from './proxies/grasp';
import { inputCorrelation, inputGradient } from './proxies/input-gradient';
import { jacobCov } from './proxies/jacob-cov';
import { l2Norm } from './proxies/l2-norm';
import { logitSpread } from './proxies/logit-spread';
import { macs } from './proxies/macs';
import { meco } from './proxies/meco';
import { nwot } from './proxies/nwot';
import { params } from './proxies/params';
import { plain } from './proxies/plain';
import { snip } from './proxies/snip';
import { swap } from './proxies/swap';
import { flow, synflow } from './proxies/synflow';
import { zen } from './proxies/zen';
import { zico } from './proxies/zico';
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
  jacob_cov: jacobCov,
  nwot,
  epe_nas: epeNas,
  grasp,
  zico,
  grad_sign: gradSign,
  zen,
  meco,
  swap,
  az_expressivity: azExpressivity,
  az_progressivity: azProgressivity,
  az_trainability: azTrainability,
  flow,
  agreement,
  effective_rank: effectiveRank,
  power,
  input_gradient: inputGradient,
  input_correlation: inputCorrelation,
  logit_spread: logitSpread,
} as const satisfies Readonly<Record<string, ZeroCostProxy>>;

export type ProxyName = keyof typeof zeroCostProxies;
export const proxyNames = Object.keys(zeroCostProxies) as ProxyName[];
