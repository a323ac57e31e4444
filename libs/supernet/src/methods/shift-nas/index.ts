/** @file ShiftNAS: the cost of what is trained is drawn first, and more often where training still helps. */
import type { AnyArchitecture, AnySpace } from '../../families';
import type { SupernetMethod } from '../method';
import { requireVectors } from '../training-state';
import { predictPeakBytes } from './predict-memory';
import { propose } from './propose';
import { ShiftNasTrainer, vectorLengths, type ShiftNasSettings } from './trainer';

/** @see Zhang et al. 2023, ICCV, ShiftNAS: Improving One-shot NAS via Probability Shift */
export const shiftNas: SupernetMethod<ShiftNasSettings, AnySpace, AnyArchitecture> = {
  create: (input, stored) =>
    ShiftNasTrainer.create(
      input,
      stored && requireVectors(stored, vectorLengths(input.space, input.settings)),
    ),
  propose,
  predictPeakBytes,
};
