/** @file How much alike a network finds the images of a batch, map by map. */
import { defineProxy } from '../define-proxy';
import type { ActivationMap } from '../quantities';
import { mapAgreement } from './nwot';

/** Share of a map's units on which two images agree, mean over pairs; in [0, 1]. */
export function meanAgreement(map: ActivationMap, images: number): number {
  const kernel = mapAgreement(map, images);
  let total = 0;
  for (let i = 0; i < images; i++) for (let j = 0; j < i; j++) total += kernel.get(i, j);
  return total / ((images * (images - 1)) / 2) / map.units;
}

/**
 * Mean over the maps that ReLUs read of the share of units, open or shut, on which two images agree; in [0, 1], one node a map, in a
 * graph for all architectures also of those that no ReLU of this one reads.
 * Differs: not published, the direction is that on NAS-Bench-201 with CIFAR-10's images; `nwot` keeps the determinant of what this averages.
 * @see Mellor et al. 2021, Neural Architecture Search without Training, arXiv:2006.04647 §3
 */
export const agreement = defineProxy({
  name: 'agreement',
  title: 'agreement of activations, map by map',
  direction: 'maximize',
  data: 'batch',
  passes: '1 forward',
  nodeOf: 'activation',
  reference: 'after Mellor et al. 2021, arXiv:2006.04647',
  needs: ['agreement'],
  evaluate({ agreement: { images, maps } }) {
    const nodes = Float64Array.from(maps, (map) => meanAgreement(map, images));
    const read = nodes.filter((_, at) => (maps[at] as ActivationMap).readers > 0);
    return { score: read.reduce((a, b) => a + b, 0) / read.length, nodes };
  },
});
