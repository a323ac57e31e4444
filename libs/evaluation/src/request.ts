/** @file Is this request one that can be run? Asked by the API before it accepts, and by the worker before it starts. */
import { ValidationError } from '@sextant/common';
import {
  isSupernetSearch,
  type CreateSearch,
  type SearchBy,
  type SupernetMethodName,
} from '@sextant/contracts';
import {
  isSearchSpaceName,
  isTransformerSpaceName,
  parseSearchSpace,
  parseTransformerSpace,
  searchSpaces,
  transformerSpaces,
  type SearchSpace,
} from '@sextant/search-space';
import { familyOf, requireTrainableBy, type AnySpace } from '@sextant/supernet';
import { givenSpace, noSuchSpace } from './given-space';
import { heldByMethod } from './held-by-method';
import { requireFeasible } from './require-feasible';

/** What a request must fit: the images it will be trained on. */
export interface DatasetShape {
  readonly id: string;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly classes: readonly string[];
  readonly trainCount: number;
}

/**
 * The space of inverted residuals that a request names or carries.
 * @throws {InvalidSearchSpaceError} no such name, or the data is not a search space (pointers under /space)
 */
export function resolveSpace(space: CreateSearch['space']): SearchSpace {
  if (typeof space !== 'string') return givenSpace(parseSearchSpace, space);
  return isSearchSpaceName(space)
    ? searchSpaces[space]
    : noSuchSpace(space, Object.keys(searchSpaces));
}

/**
 * The space that a supernet is to be trained of, of whatever kind.
 * @throws {InvalidSearchSpaceError} no such name, or the data is not a search space (pointers under /space)
 */
export function resolveSupernetSpace(space: CreateSearch['space']): AnySpace {
  if (typeof space !== 'string') {
    if (space['family'] === 'transformer') return givenSpace(parseTransformerSpace, space);
    return resolveSpace(space);
  }
  if (isTransformerSpaceName(space)) return transformerSpaces[space];
  if (isSearchSpaceName(space)) return searchSpaces[space];
  return noSuchSpace(space, [...Object.keys(searchSpaces), ...Object.keys(transformerSpaces)]);
}

/**
 * Checks everything that needs no training: the space can be trained, the images fit it, the limits can be met.
 * @throws {UnsupportedSearchSpaceError | ValidationError | InfeasibleConstraintError}
 */
export function requireRunnable(spec: CreateSearch, space: AnySpace, dataset: DatasetShape): void {
  if (!isSupernetSearch(spec)) {
    const message = `this version cannot run ${spec.method.name}`;
    throw new ValidationError(message, [{ pointer: '/method/name', message }]);
  }
  requireTrainableBy(spec.method.name, space);
  requireFit(spec, space, dataset);
  requireFeasible(familyOf(space), spec.constraints);
}

function requireFit(
  spec: SearchBy<SupernetMethodName>,
  space: AnySpace,
  dataset: DatasetShape,
): void {
  const refuse = (pointer: string, message: string): never => {
    throw new ValidationError(message, [{ pointer, message }]);
  };
  if (space.input.channels !== dataset.channels) {
    refuse(
      '/space/input/channels',
      `${space.name} takes ${space.input.channels} channels, ${dataset.id} has ${dataset.channels}`,
    );
  }
  if (space.classes !== dataset.classes.length) {
    refuse(
      '/space/classes',
      `${space.name} tells ${space.classes} classes apart, ${dataset.id} has ${dataset.classes.length}`,
    );
  }
  const held = 1 - (1 - spec.validationFraction) * (1 - heldByMethod(spec));
  const trainImages = Math.floor(dataset.trainCount * (1 - held));
  const { batchSize } = spec.method.options;
  if (trainImages < batchSize) {
    refuse(
      '/method/options/batchSize',
      `${dataset.id} leaves ${trainImages} images to train on, fewer than one batch of ${batchSize}`,
    );
  }
}
