/** @file What an exported model says about itself: how to feed it, what it answers, how good it is, where it comes from. */
import type { Measurement, SearchBy, SupernetMethodName } from '@sextant/contracts';
import type { AnyArchitecture, AnyFamily, AnySpace } from '@sextant/supernet';
import { fidelityOf, weightsBy } from './fidelity';
import type { SearchDataset } from './ports';

export interface ModelOrigin {
  readonly candidateId: string;
  readonly spec: SearchBy<SupernetMethodName>;
  readonly space: AnySpace;
  readonly family: AnyFamily;
  readonly dataset: SearchDataset;
  readonly architecture: AnyArchitecture;
  /** Of this model on the held-out part of train. */
  readonly accuracy: Measurement;
}

/** How raw pixels become what the first layer sees; all of it is inside the model. */
export const preprocessing = (
  dataset: Pick<SearchDataset, 'channels' | 'height' | 'width' | 'mean' | 'standardDeviation'>,
  resolution: number | null,
) => ({
  input: 'image',
  elementType: 'uint8',
  layout: 'NCHW',
  range: [0, 255],
  size: [dataset.channels, dataset.height, dataset.width],
  scale: 1 / 255,
  mean: dataset.mean,
  standardDeviation: dataset.standardDeviation,
  ...(resolution !== null && {
    resizedTo: [resolution, resolution],
    resize: 'bicubic, half-pixel centres',
  }),
  isInsideTheModel: true,
});

/**
 * `metadata_props` of an exported model (docs/export.md). A function of spec, data and seed, like the weights: the same
 * search gives the same file.
 */
export function modelMetadata(origin: ModelOrigin): Readonly<Record<string, string>> {
  const { candidateId, spec, space, family, dataset, architecture, accuracy } = origin;
  const { value, lower, upper, n, split } = accuracy;
  return {
    'sextant.candidate': candidateId,
    'sextant.classes': JSON.stringify(dataset.classes),
    'sextant.preprocessing': JSON.stringify(
      preprocessing(dataset, family.resolutionOf(architecture)),
    ),
    'sextant.output': 'logits: float32 [N,classes]; the largest is the prediction',
    'sextant.accuracy': JSON.stringify({ value, lower, upper, n, split, interval: 'Wilson, 95 %' }),
    'sextant.weights': weightsBy[fidelityOf(spec)],
    'sextant.macs': String(family.macs(architecture)),
    'sextant.parameters': String(family.paramCount(architecture)),
    'sextant.architecture': JSON.stringify(architecture),
    'sextant.space': JSON.stringify(space),
    'sextant.method': JSON.stringify(spec.method),
    'sextant.dataset': dataset.id,
    'sextant.datasetSha256': dataset.sha256,
    'sextant.validationFraction': String(spec.validationFraction),
    'sextant.seed': String(spec.seed),
  };
}
