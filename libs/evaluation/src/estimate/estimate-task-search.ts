/** @file What a search for several tasks would come to. */
import type { SearchBy, SearchEstimate, SupernetSummary } from '@sextant/contracts';
import {
  fixedMacs,
  fullTopology,
  topologyMacs,
  unitMacs,
  type TopologySpace,
} from '@sextant/search-space';
import { weightSteps, type ImageFormat } from '@sextant/supernet';
import { sceneHeads, type SceneShape } from '../tasks/scene-tasks';
import { smallestNetwork } from '../tasks/smallest-network';
import { countedLimits } from './counted-limits';
import { imagesOf } from './estimate-search';
import { phaseTimes } from './phase-times';
import { passesOfStep, warmUpRuns, type ImageCounts, type SupernetWork } from './supernet-work';

/** An earlier search that ended well, with the size of its scenes. */
export interface TaskReference {
  readonly spec: SearchBy<'fbnet-v5'>;
  readonly space: TopologySpace;
  readonly format: ImageFormat;
  readonly summary: SupernetSummary;
}

/**
 * MACs by phase, as `supernetWork` counts them, heads left out. Every unit is counted as kept half the time, as in the
 * warm-up.
 */
export function taskSearchWork(
  { method: { options }, evaluation, validationFraction }: SearchBy<'fbnet-v5'>,
  space: TopologySpace,
  format: ImageFormat,
  images: ImageCounts,
): SupernetWork {
  const mean = unitMacs(space, format).reduce(
    (sum, macs) => sum + macs / 2,
    fixedMacs(space, format),
  );
  const weights = weightSteps(options);
  const looks = options.samples * (options.steps - weights);
  const validation = Math.round(images.train * validationFraction);
  const calibration = Math.min(evaluation.calibrationImages, images.train - validation);
  const networks = evaluation.candidates * options.tasks.length;
  return {
    training: options.batchSize * (passesOfStep * weights + looks) * mean,
    evaluating: networks * (calibration + validation) * mean,
    testing: networks * images.test * mean,
    measuring: networks * (evaluation.latencyRuns + warmUpRuns) * mean,
  };
}

export function estimateTaskSearch(
  spec: SearchBy<'fbnet-v5'>,
  space: TopologySpace,
  scenes: SceneShape,
  images: ImageCounts,
  references: readonly TaskReference[],
): Omit<SearchEstimate, 'memoryBytes' | 'devices'> {
  const { tasks } = spec.method.options;
  const smallest = sceneHeads(tasks, scenes).map((head) => smallestNetwork(space, scenes, head));
  // every task needs a network within the limits
  const limits = countedLimits(spec.constraints, {
    macs: Math.max(...smallest.map(({ macs }) => macs)),
    paramCount: Math.max(...smallest.map(({ paramCount }) => paramCount)),
  });
  const candidates = spec.evaluation.candidates * tasks.length;
  const earlier = references.map(({ summary, ...it }) => ({
    work: taskSearchWork(it.spec, it.space, it.format, imagesOf(summary)),
    seconds: summary.seconds,
  }));
  const work = taskSearchWork(spec, space, scenes, images);
  return {
    feasible: limits.every(({ fits }) => fits),
    limits,
    fitting: null,
    candidates,
    trainings: 1,
    measurements: candidates,
    ...phaseTimes(work, earlier, topologyMacs(space, fullTopology(space), scenes)),
  };
}
