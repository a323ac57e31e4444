/** @file Is this request for a search of several tasks one that can be run? */
import { InfeasibleConstraintError, ShapeError, ValidationError } from '@sextant/common';
import type { CreateSearch, SearchBy } from '@sextant/contracts';
import { parseTopologySpace, topologySpaces, type TopologySpace } from '@sextant/search-space';
import { requirePlan } from '@sextant/supernet';
import { givenSpace, noSuchSpace } from '../given-space';
import { sceneHeads, type SceneShape } from './scene-tasks';
import { smallestNetwork } from './smallest-network';

/** What a request must fit. */
export interface CountedScenes extends SceneShape {
  readonly id: string;
  readonly trainCount: number;
  readonly testCount: number;
}

const isNamed = (name: string): name is keyof typeof topologySpaces =>
  Object.hasOwn(topologySpaces, name);

/**
 * The topology space that a request names or carries.
 * @throws {InvalidSearchSpaceError} no such name, or the data is not such a space (pointers under /space)
 */
export function resolveTopologySpace(space: CreateSearch['space']): TopologySpace {
  if (typeof space !== 'string') return givenSpace(parseTopologySpace, space);
  return isNamed(space)
    ? topologySpaces[space]
    : noSuchSpace(space, Object.keys(topologySpaces), 'topology space');
}

function refuse(pointer: string, message: string): never {
  throw new ValidationError(message, [{ pointer, message }]);
}

/**
 * Checks everything that needs no training: the scenes fit the space and the batches, the limit on MACs can be met.
 * @throws {ValidationError | InfeasibleConstraintError}
 */
export function requireTaskSearch(
  spec: SearchBy<'fbnet-v5'>,
  space: TopologySpace,
  scenes: CountedScenes,
): void {
  const { options } = spec.method;
  if ((spec.hardware ?? []).length > 0) {
    refuse('/hardware', 'no device has a table of the blocks of a topology space');
  }
  try {
    requirePlan({ space, format: scenes, tasks: sceneHeads(options.tasks, scenes) });
  } catch (error) {
    if (error instanceof ShapeError) refuse('/space', error.message);
    throw error;
  }
  const trainImages = Math.floor(scenes.trainCount * (1 - spec.validationFraction));
  const heldOut = Math.round(trainImages * options.heldOutFraction);
  const smaller = Math.min(heldOut, trainImages - heldOut);
  if (smaller < options.batchSize) {
    refuse(
      '/method/options/batchSize',
      `${scenes.id} leaves ${smaller} scenes in one part, fewer than one batch of ${options.batchSize}`,
    );
  }
  for (const task of Object.keys(options.taskWeights)) {
    if (!options.tasks.some((name) => name === task)) {
      refuse(`/method/options/taskWeights/${task}`, 'this search has no such task');
    }
  }
  const { maxMacs = Infinity, maxParams = Infinity } = spec.constraints;
  for (const head of sceneHeads(options.tasks, scenes)) {
    const { macs, paramCount } = smallestNetwork(space, scenes, head);
    if (macs <= maxMacs && paramCount <= maxParams) continue;
    throw new InfeasibleConstraintError(
      `no network of ${space.name} for ${head.name} fits: the smallest has ${macs} MACs and ${paramCount} parameters, the ` +
        `limits are ${spec.constraints.maxMacs ?? 'any'} MACs and ${spec.constraints.maxParams ?? 'any'} parameters`,
      { macs, paramCount },
    );
  }
}
