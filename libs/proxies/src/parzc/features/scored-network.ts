/** @file What a scorer says of a network, on its way to predictors. */
import type { ArchitectureFeatures } from '../../predictors/architecture-features';
import { zeroCostProxies, type ProxyName } from '../../zero-cost/zero-cost-proxies';
import type { ZeroCostProxy } from '../../zero-cost/define-proxy';

/** By the names of proxies. */
export interface ScoredNetwork {
  /** NaN where a proxy failed. */
  readonly scores: Readonly<Record<string, number>>;
  readonly nodes: Readonly<Record<string, ArrayLike<number>>>;
}

/**
 * The proxies whose scores and node statistics ParZC reads by default: one forward and backward of the loss and one of the flow.
 * Differs: the published model reads the nodes of grad_norm, snip and synflow alone.
 */
export const parzcProxies = [
  'grad_norm',
  'snip',
  'plain',
  'synflow',
  'flow',
  'nwot',
  'input_correlation',
  'input_gradient',
  'logit_spread',
  'agreement',
  'effective_rank',
  'power',
] as const satisfies readonly ProxyName[];

const declared = (name: string): ZeroCostProxy | null =>
  Object.hasOwn(zeroCostProxies, name) ? zeroCostProxies[name as ProxyName] : null;

/** Sizes of layers are the costs again; `plain` of a layer ahead of a normalisation is 0 but for rounding. */
const withoutNodes: readonly string[] = ['params', 'macs', 'plain'];

/** What a proxy's nodes are; null where it has none to learn from. */
export const nodeKindOf = (name: string): ZeroCostProxy['nodeOf'] =>
  withoutNodes.includes(name) ? null : (declared(name)?.nodeOf ?? null);

/** Is the score a sum of what its nodes say better, map by map or block by block? */
export const isSummary = (name: string): boolean =>
  ['activation', 'block'].includes(nodeKindOf(name) ?? '');

/** Of networks without places of their own: statistics in the order of the network, padded by zeros to `most`. */
export function sequenceFeatures(
  known: Pick<ArchitectureFeatures, 'macs' | 'paramCount' | 'encoding'>,
  { scores, nodes }: ScoredNetwork,
  most: number,
): ArchitectureFeatures {
  const padded = (values: ArrayLike<number>): Float64Array => {
    const out = new Float64Array(most);
    out.set(values);
    return out;
  };
  return {
    ...known,
    scores,
    nodes: Object.fromEntries(
      Object.entries(nodes)
        .filter(([name]) => nodeKindOf(name) !== null)
        .map(([name, values]) => [name, padded(values)]),
    ),
  };
}
