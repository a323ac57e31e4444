/** @file BigNAS: one supernet whose children need no training of their own. */
import type { SupernetMethod } from '../method';
import { requireVectors } from '../training-state';
import { propose } from './coarse-to-fine';
import { predictPeakBytes } from './predict-memory';
import { BigNasTrainer, vectorLengths, type BigNasSettings } from './trainer';

/** @see Yu et al. 2020, BigNAS, arXiv:2003.11142 */
export const bigNas: SupernetMethod<BigNasSettings> = {
  create: (input, stored) =>
    BigNasTrainer.create(
      input,
      stored && requireVectors(stored, vectorLengths(input.space, input.settings)),
    ),
  propose: (proposal, evaluated, rng) => Promise.resolve(propose(proposal, evaluated, rng)),
  predictPeakBytes,
};
