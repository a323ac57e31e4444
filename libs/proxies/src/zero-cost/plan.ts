/** @file Which passes a set of proxies needs: what several of them read is collected once. */
import { batchPass } from './passes/batch-pass';
import { blockPass } from './passes/block-pass';
import { channelPass } from './passes/channel-pass';
import { curvaturePass } from './passes/curvature-pass';
import { flowPass } from './passes/flow-pass';
import { initialPass } from './passes/initial-pass';
import type { PassDeclaration } from './passes/pass';
import { patternPass } from './passes/pattern-pass';
import { perturbationPass } from './passes/perturbation-pass';
import { singleImagePass } from './passes/single-image-pass';
import type { QuantityName } from './quantities';
import { zeroCostProxies, type ProxyName } from './zero-cost-proxies';

const passes: readonly PassDeclaration[] = [
  initialPass,
  batchPass,
  flowPass,
  curvaturePass,
  singleImagePass,
  perturbationPass,
  patternPass,
  channelPass,
  blockPass,
];

export interface Plan {
  readonly needs: ReadonlySet<QuantityName>;
  readonly passes: readonly PassDeclaration[];
}

export function planFor(names: readonly ProxyName[]): Plan {
  const needs = new Set<QuantityName>(names.flatMap((name) => [...zeroCostProxies[name].needs]));
  return { needs, passes: passes.filter(({ gives }) => gives.some((it) => needs.has(it))) };
}
