/** @file Which nodes and proxies ParZC reads in each of its spaces, as data. */

export interface NodeSpace {
  /** Proxies whose statistics are laid end to end, in this order. */
  readonly proxies: readonly string[];
  /** Places for each proxy: nodes of the largest network. */
  readonly maxNodes: number;
}

/**
 * The published spaces. A node is a convolution or linear layer, in the order of the network; its statistic is a proxy's mean
 * over the layer's weights (fisher: channels).
 * `nasBench201`: stem, 15 cells of 6 edges, 2 blocks of 3 convolutions between stages, classifier: 98.
 * @see Dong et al. 2025, ParZC, arXiv:2402.02105 and the published code
 */
export const paperNodeSpaces = {
  nasBench201: { proxies: ['grad_norm', 'snip', 'synflow'], maxNodes: 98 },
  nasBench101: { proxies: ['grad_norm', 'snip', 'synflow'], maxNodes: 83 },
  nds: { proxies: ['synflow', 'snip', 'grad_norm', 'fisher'], maxNodes: 708 },
  visionTransformer: { proxies: ['snip'], maxNodes: 58 },
} as const satisfies Readonly<Record<string, NodeSpace>>;

/** The same proxies for inverted residuals of any space: `maxNodes` convolutions and linear layers. Differs: not published. */
export const mbconvNodeSpace = (maxNodes: number): NodeSpace => ({
  proxies: ['grad_norm', 'snip', 'synflow'],
  maxNodes,
});
