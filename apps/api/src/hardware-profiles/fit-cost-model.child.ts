/** @file Fits cost models and predicts with the best, in a process that serves nobody. */
import { ConfigurationError, InvalidMeasurementError, messageOf, NasError } from '@sextant/common';
import { chooseCostModel } from '@sextant/hardware';
import { allCells, cellHash, cellKey, formatCell } from '@sextant/search-space';
import type {
  CostModelAnswer,
  CostModelRequest,
  FittedCosts,
  KeyedRequest,
} from './cost-model-task';
import { featuresOf } from './space-features';

/** Cells by the key of a table's row or, for what agents measured, by the hash of their class. */
function architecturesOf(measured: KeyedRequest['measured']): CostModelRequest['measured'] {
  const wanted = new Map(measured.map(({ key, cost }) => [key, cost]));
  return allCells().flatMap((cell) => {
    const cost = wanted.get(cellKey(cell)) ?? wanted.get(cellHash(cell));
    return cost === undefined ? [] : [{ architecture: { cell: formatCell(cell) }, cost }];
  });
}

function fit({ space, measured, targets, seed }: CostModelRequest): FittedCosts {
  const features = featuresOf(space);
  const rows = measured.map(({ architecture }) => features.of(architecture));
  const costs = measured.map(({ cost }) => cost);
  const { best, compared, reason } = chooseCostModel(
    { layout: features.layout, rows, costs },
    { seed },
  );
  const predictions = best.predict(targets.map(({ architecture }) => features.of(architecture)));
  return {
    state: best.toJSON(),
    compared,
    reason,
    predictions: predictions.map((it, at) => ({ ...it, id: targets[at]?.id ?? '' })),
  };
}

const isKeyed = (request: CostModelRequest | KeyedRequest): request is KeyedRequest =>
  request.measured.some((it) => 'key' in it);

function answer(request: CostModelRequest | KeyedRequest): CostModelAnswer {
  try {
    if (!isKeyed(request)) return { fitted: fit(request) };
    if (request.space !== 'nas-bench-201') {
      throw new InvalidMeasurementError('only cells of NAS-Bench-201 are found by their key');
    }
    return { fitted: fit({ ...request, measured: architecturesOf(request.measured) }) };
  } catch (error) {
    const known = error instanceof NasError ? error : new ConfigurationError(messageOf(error));
    return { error: { code: known.code, message: known.message } };
  }
}

process.once('disconnect', () => process.exit(0));
process.once('message', (request: CostModelRequest | KeyedRequest) =>
  process.send?.(answer(request), () => process.exit(0)),
);
