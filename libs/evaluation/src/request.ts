/** @file Is this request one that can be run? Asked by the API before it accepts, and by the worker before it starts. */
import { InvalidSearchSpaceError, ValidationError } from '@sextant/common';
import { isSearchBy, type CreateSearch, type SearchBy } from '@sextant/contracts';
import {
  isSearchSpaceName,
  parseSearchSpace,
  requireFeasible,
  searchSpaces,
  type SearchSpace,
} from '@sextant/search-space';
import { requireTrainable } from '@sextant/supernet';

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
 * The search space a request names or carries.
 * @throws {InvalidSearchSpaceError} no such name, or the data is not a search space (pointers under /space)
 */
export function resolveSpace(space: CreateSearch['space']): SearchSpace {
  if (typeof space !== 'string') {
    try {
      return parseSearchSpace(space);
    } catch (error) {
      if (!(error instanceof InvalidSearchSpaceError)) throw error;
      const violations = error.violations.map(({ pointer, message }) => ({
        pointer: `/space${pointer}`,
        message,
      }));
      throw new InvalidSearchSpaceError(error.message, violations, { cause: error });
    }
  }
  if (isSearchSpaceName(space)) return searchSpaces[space];
  const message = `no search space is called ${space}; there are ${Object.keys(searchSpaces).join(', ')}`;
  throw new InvalidSearchSpaceError(message, [{ pointer: '/space', message }]);
}

/**
 * Checks everything that needs no training: the space can be trained, the images fit it, the limits can be met.
 * @throws {UnsupportedSearchSpaceError | ValidationError | InfeasibleConstraintError}
 */
export function requireRunnable(
  spec: CreateSearch,
  space: SearchSpace,
  dataset: DatasetShape,
): void {
  if (!isSearchBy(spec, 'big-nas')) {
    const message = `this version cannot run ${spec.method.name}`;
    throw new ValidationError(message, [{ pointer: '/method/name', message }]);
  }
  requireTrainable(space);
  requireFit(spec, space, dataset);
  requireFeasible(space, spec.constraints);
}

function requireFit(spec: SearchBy<'big-nas'>, space: SearchSpace, dataset: DatasetShape): void {
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
  const trainImages = Math.floor(dataset.trainCount * (1 - spec.validationFraction));
  const { batchSize } = spec.method.options;
  if (trainImages < batchSize) {
    refuse(
      '/method/options/batchSize',
      `${dataset.id} leaves ${trainImages} images to train on, fewer than one batch of ${batchSize}`,
    );
  }
}
