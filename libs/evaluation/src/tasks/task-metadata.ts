/** @file What an exported model of one task says about itself. */
import type { Measurement, SceneTaskName, SearchBy } from '@sextant/contracts';
import { topologyKey, type Topology, type TopologySpace } from '@sextant/search-space';
import { weightsBy } from '../fidelity';
import { preprocessing } from '../model-metadata';
import type { TaskScenes } from './run-task-search';

interface TaskModelOrigin {
  readonly candidateId: string;
  readonly spec: SearchBy<'fbnet-v5'>;
  readonly space: TopologySpace;
  readonly scenes: TaskScenes;
  readonly task: SceneTaskName;
  readonly topology: Topology;
  readonly macs: number;
  readonly paramCount: number;
  readonly accuracy: Measurement;
}

const outputs: Readonly<Record<SceneTaskName, string>> = {
  classification: 'classification.probabilities: float32 [N,classes]',
  segmentation:
    'segmentation.probabilities: float32 [N·H·W,classes + 1], pixels row by row; 0 is the background',
  detection:
    'detection.scores: float32 [N,classes,H/8,W/8]; detection.distances: float32 [N,4,H/8,W/8], cells of 8 pixels from the ' +
    'centre of a cell to the left, top, right and bottom',
};

/** `metadata_props` of an exported model (docs/export.md). */
export function taskModelMetadata(origin: TaskModelOrigin): Readonly<Record<string, string>> {
  const { candidateId, spec, space, scenes, task, topology, macs, paramCount, accuracy } = origin;
  const { value, lower, upper, n, split, details } = accuracy;
  return {
    'sextant.candidate': candidateId,
    'sextant.task': task,
    'sextant.classes': JSON.stringify(scenes.classNames),
    'sextant.preprocessing': JSON.stringify(preprocessing(scenes, null)),
    'sextant.output': outputs[task],
    'sextant.accuracy': JSON.stringify({ ...{ value, lower, upper, n, split }, ...details }),
    'sextant.weights': weightsBy['supernet-inherited'],
    'sextant.macs': String(macs),
    'sextant.parameters': String(paramCount),
    'sextant.architecture': topologyKey(topology),
    'sextant.space': JSON.stringify(space),
    'sextant.method': JSON.stringify(spec.method),
    'sextant.dataset': scenes.id,
    'sextant.datasetSha256': scenes.sha256,
    'sextant.validationFraction': String(spec.validationFraction),
    'sextant.seed': String(spec.seed),
  };
}
