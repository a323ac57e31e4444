/** @file ProxylessNAS: paths compete on the task and the device itself, one at a time, and the winner is trained. */
import { meetsLimits } from '@sextant/search-space';
import type { SupernetMethod } from '../method';
import { architectureOf, searchEdges } from './edges';
import { predictPeakBytes } from './predict-memory';
import type { ProxylessNasSettings } from './settings';
import { likeliestPath, ProxylessNasTrainer, requireState } from './trainer';

/**
 * The one child is the likeliest network, with the weights it was trained to.
 * @see Cai et al. 2019, ProxylessNAS, arXiv:1812.00332
 */
export const proxylessNas: SupernetMethod<ProxylessNasSettings> = {
  create: (input, stored) =>
    ProxylessNasTrainer.create(input, stored && requireState(input.space, stored)),
  propose({ space, state, limits, budget }, evaluated) {
    if (evaluated.length >= Math.min(1, budget)) return Promise.resolve([]);
    const edges = searchEdges(space);
    const alpha = state.vectors['alpha'] as Float32Array;
    const found = architectureOf(space, edges, likeliestPath(edges, alpha));
    return Promise.resolve(meetsLimits(space, found, limits) ? [found] : []);
  },
  predictPeakBytes,
};
