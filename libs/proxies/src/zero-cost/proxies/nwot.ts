/** @file How many images a network tells apart by which of its units are open. */
import { Matrix } from 'ml-matrix';
import { defineProxy } from '../define-proxy';
import { logDeterminant } from '../linear-algebra';
import type { ActivationAgreement, ActivationMap } from '../quantities';

/** Units of a map in which images i and j agree, open or shut: c·cᵀ + (1 − c)·(1 − c)ᵀ. */
export function mapAgreement({ open, units }: ActivationMap, images: number): Matrix {
  const at = (i: number, j: number): number => open[i * images + j] as number;
  const kernel = Matrix.zeros(images, images);
  for (let i = 0; i < images; i++) {
    for (let j = 0; j < images; j++) kernel.set(i, j, 2 * at(i, j) - at(i, i) - at(j, j) + units);
  }
  return kernel;
}

/** K: agreements summed over every ReLU. */
export function agreementKernel({ images, maps }: ActivationAgreement): Matrix {
  const kernel = Matrix.zeros(images, images);
  for (const map of maps) kernel.add(mapAgreement(map, images).mul(map.readers));
  return kernel;
}

/**
 * log |det K|, K_ij the number of ReLU inputs on whose sign (u > 0) images i and j agree; −∞ where two images agree on all.
 * Operations whose result nobody reads have no units, as in the original. Exact below 2²⁴ units.
 * @see Mellor et al. 2021, Neural Architecture Search without Training, arXiv:2006.04647 §3
 */
export const nwot = defineProxy({
  name: 'nwot',
  title: 'NASWOT: agreement of activations',
  direction: 'maximize',
  data: 'batch',
  passes: '1 forward',
  nodeOf: null,
  reference: 'Mellor et al. 2021, arXiv:2006.04647',
  needs: ['agreement'],
  evaluate: ({ agreement }) => ({
    score: logDeterminant(agreementKernel(agreement)),
    nodes: null,
  }),
});
