/** @file How much a zero-cost search computes: networks × what its proxies look at × the size of a network. */
import { rng } from '@sextant/common';
import type { SearchBy } from '@sextant/contracts';
import { proxyNames, zeroCostProxies, type ProxyName, type QuantityName } from '@sextant/proxies';
import type { ImageShape, ScorableSpace } from '../zero-cost';

/**
 * Images of one forward pass that are as much work as collecting each quantity, beside the pass it shares. A backward pass to the
 * weights is two forward, one to the images or the maps one. Single images and float64 use a processor worse: what those were
 * measured to take (docs/proxies.md) is in units of the others.
 */
const imagesOf: Readonly<Record<QuantityName, (batchSize: number) => number>> = {
  costs: () => 0,
  weightNorms: () => 0,
  gradients: (n) => 2 * n,
  planeProducts: (n) => 2 * n,
  inputGradient: (n) => 2 * n,
  batchGradients: (n) => 5 * n,
  jacobian: (n) => n,
  agreement: () => 0,
  logits: () => 0,
  blockCovariances: () => 0,
  curvature: (n) => 7 * n,
  flow: () => 10,
  signSums: () => 230,
  perturbation: () => 32,
  patterns: () => 32,
  channelProducts: () => 64,
  blocks: () => 192,
};

/** Of the labelled batch: read in one forward pass, and by one backward pass of the loss. */
const ofBatch: ReadonlySet<QuantityName> = new Set([
  'gradients',
  'planeProducts',
  'inputGradient',
  'batchGradients',
  'jacobian',
  'agreement',
  'logits',
  'blockCovariances',
]);
const ofLoss: ReadonlySet<QuantityName> = new Set(['gradients', 'planeProducts', 'inputGradient']);

/** Images that pass forward through each network, or as much work as that. */
export function imagesPerNetwork(proxies: readonly string[], batchSize: number): number {
  const names = proxies.filter((it): it is ProxyName => proxyNames.includes(it as ProxyName));
  const needs = new Set(names.flatMap((name) => [...zeroCostProxies[name].needs]));
  const forward = [...needs].some((it) => ofBatch.has(it)) ? batchSize : 0;
  const loss = [...needs].some((it) => ofLoss.has(it)) ? 2 * batchSize : 0;
  return [...needs]
    .filter((it) => !ofLoss.has(it))
    .reduce((sum, it) => sum + imagesOf[it](batchSize), forward + loss);
}

const draws = 64;

function meanMacs(space: ScorableSpace, image: ImageShape): number {
  const all = space.draw(draws, rng(0, 'mean-macs'), () => true);
  return all.reduce((sum, it) => sum + space.costs(it, image).macs, 0) / all.length;
}

/** MACs of scoring `networks` architectures of mean size. */
export function zeroCostWork(
  { method }: SearchBy<'zero-cost'>,
  space: ScorableSpace,
  image: ImageShape,
  networks: number,
): number {
  const { proxies, batchSize } = method.options;
  return networks * imagesPerNetwork(proxies, batchSize) * meanMacs(space, image);
}
