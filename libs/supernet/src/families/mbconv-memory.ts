/** @file What evaluating the largest child of a space of inverted residuals takes. */
import { dimKey, predictSessionBytes } from '@sextant/engine';
import { parameterLayout } from '@sextant/networks';
import { maxArchitecture, type SearchSpace } from '@sextant/search-space';
import {
  calibrationGraph,
  childLowering,
  exportBatch,
  exportGraph,
  normalisedLayers,
} from '../child-models';
import { calibrationBatch, inferenceBatch } from '../evaluate-child';
import type { ImageFormat } from '../pass-graph';

/** The largest child calibrated, or exported and run; what its weights are does not matter. Unit: bytes. */
export function mbconvEvaluationBytes(space: SearchSpace, format: ImageFormat): number {
  const layout = parameterLayout(space);
  const theta = new Float32Array(layout.total);
  const child = { space, architecture: maxArchitecture(space), layout, theta };
  const statistics = new Map(
    normalisedLayers(child).map((name) => {
      const channels = layout.byName.get(`${name}.gamma`)?.size ?? 0;
      return [name, { mean: new Float32Array(channels), variance: new Float32Array(channels) }];
    }),
  );
  const exported = exportGraph(child, format, statistics);
  const axes = { [dimKey(exportBatch)]: inferenceBatch };
  return Math.max(
    predictSessionBytes(calibrationGraph(child, format, calibrationBatch), childLowering),
    predictSessionBytes(exported, childLowering, axes),
  );
}
