/** @file How many directions the channels of a block's output use, and how strongly. */
import { defineProxy } from '../define-proxy';
import type { ChannelCovariance } from '../quantities';

/** (tr C)²/‖C‖² of a covariance C: 1 to its number of channels; 1 where there is no signal. */
export function effectiveRankOf({ channels, covariance }: ChannelCovariance): number {
  const trace = traceOf({ channels, covariance });
  const squares = covariance.reduce((sum, value) => sum + value * value, 0);
  return trace > 0 ? trace ** 2 / squares : 1;
}

function traceOf({ channels, covariance }: ChannelCovariance): number {
  let trace = 0;
  for (let at = 0; at < channels; at++) trace += covariance[at * (channels + 1)] as number;
  return trace;
}

const ofBlocks = {
  data: 'batch',
  passes: '1 forward',
  nodeOf: 'block',
  reference: 'after Lee & Ham 2024, AZ-NAS, arXiv:2403.19232',
  needs: ['blockCovariances'],
} as const;

/**
 * Σ log of the effective rank (tr C)²/‖C‖² of each block's output, C the covariance of its channels over images and space; one
 * node a block: the rank. Differs: not published; a participation ratio on real images where AZ-NAS takes the entropy of the
 * spectrum on noise. @see Lee & Ham 2024, AZ-NAS, arXiv:2403.19232 §3.1
 */
export const effectiveRank = defineProxy({
  ...ofBlocks,
  name: 'effective_rank',
  title: 'effective rank of what blocks hand on',
  direction: 'maximize',
  evaluate({ blockCovariances }) {
    const nodes = Float64Array.from(blockCovariances, effectiveRankOf);
    return { score: nodes.reduce((sum, rank) => sum + Math.log(rank), 0), nodes };
  },
});

/**
 * Σ log (tr C/channels): the mean variance of the channels of each block's output; one node a block, without the logarithm. −∞
 * where a block hands on no signal. Differs: not published, the direction is that on NAS-Bench-201.
 * @see Lee & Ham 2024, AZ-NAS, arXiv:2403.19232 §3.1
 */
export const power = defineProxy({
  ...ofBlocks,
  name: 'power',
  title: 'power of what blocks hand on',
  direction: 'minimize',
  evaluate({ blockCovariances }) {
    const nodes = Float64Array.from(blockCovariances, (it) => traceOf(it) / it.channels);
    return { score: nodes.reduce((sum, variance) => sum + Math.log(variance), 0), nodes };
  },
});
