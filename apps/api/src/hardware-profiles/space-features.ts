/** @file Architectures that come as JSON, as the features that cost models read. */
import { CellArchitecture, MbconvArchitecture } from '@sextant/contracts';
import { cellFeatures, mbconvFeatures, type FeatureMap } from '@sextant/hardware';
import { parseCell } from '@sextant/search-space';
import type { ModelledSpace } from './cost-model-task';

export function featuresOf(space: ModelledSpace): FeatureMap<unknown> {
  if (space === 'nas-bench-201') {
    const of = (architecture: unknown) =>
      cellFeatures.of(parseCell(CellArchitecture.parse(architecture).cell));
    return { layout: cellFeatures.layout, of };
  }
  const features = mbconvFeatures(space);
  const of = (architecture: unknown) => features.of(MbconvArchitecture.parse(architecture));
  return { layout: features.layout, of };
}
