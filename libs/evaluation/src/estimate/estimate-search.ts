/** @file What a search that trains a supernet would come to. */
import type {
  SearchBy,
  SearchEstimate,
  SupernetMethodName,
  SupernetSummary,
} from '@sextant/contracts';
import { familyOf, type AnyFamily, type AnySpace } from '@sextant/supernet';
import { countedLimits } from './counted-limits';
import { phaseTimes, type PhaseReference } from './phase-times';
import { candidatesOf, supernetWork, type ImageCounts } from './supernet-work';

/** An earlier search that ended well. */
export interface Reference {
  readonly spec: SearchBy<SupernetMethodName>;
  readonly space: AnySpace;
  readonly summary: SupernetSummary;
}

/** Of an earlier search: the images it was trained and tested on. */
export const imagesOf = ({
  trainImages,
  validationImages,
  testImages,
}: SupernetSummary): ImageCounts => ({ train: trainImages + validationImages, test: testImages });

const phaseReference = ({ spec, space, summary }: Reference): PhaseReference => ({
  work: supernetWork(spec, familyOf(space), imagesOf(summary)),
  seconds: summary.seconds,
});

/** Whether the counted limits can be met: each count grows with every choice, so the smallest architecture decides. */
const limitsOf = (
  { constraints }: SearchBy<SupernetMethodName>,
  family: AnyFamily,
): SearchEstimate['limits'] =>
  countedLimits(constraints, {
    macs: family.macs(family.smallest),
    paramCount: family.paramCount(family.smallest),
  });

export function estimateSupernet(
  spec: SearchBy<SupernetMethodName>,
  space: AnySpace,
  images: ImageCounts,
  references: readonly Reference[],
): Omit<SearchEstimate, 'memoryBytes' | 'devices'> {
  const family = familyOf(space);
  const limits = limitsOf(spec, family);
  const candidates = candidatesOf(spec);
  const work = supernetWork(spec, family, images);
  return {
    feasible: limits.every(({ fits }) => fits),
    limits,
    fitting: null,
    candidates,
    trainings: 1,
    measurements: candidates,
    ...phaseTimes(work, references.map(phaseReference), family.macs(family.largest)),
  };
}
