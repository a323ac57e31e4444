/** @file Few measurements of a new device, many of others: what those teach, and which architectures to measure. */
import { InsufficientDataError, type Rng } from '@sextant/common';
import {
  mostInformative,
  sharedKernelParameters,
  standardScaling,
  type Rows,
} from '@sextant/statistics';
import type { TransferKnowledge } from './cost-model';
import { costModels } from './cost-models';
import { groupOfColumn, selectColumns, type FeatureLayout } from './feature-layout';

/** Architectures of the space, with costs on known devices among their features where there are any. */
export interface Population {
  readonly layout: FeatureLayout;
  readonly rows: Rows;
}

/** Architectures the hyper-parameters are learned from; more hardly change them. */
const mostTaught = 400;

/**
 * Each known device in turn plays the new one, its log cost predicted from the others' and the features: the hyper-parameters
 * that make all of them likeliest. `population` is a sample of the space; a few hundred rows do.
 * @throws {InsufficientDataError} fewer than two known devices, or fewer than 20 rows
 */
export function learnTransfer(population: Population): TransferKnowledge {
  const { layout, rows } = readByTransfer(population);
  const known = selectColumns(layout, ({ role }) => role === 'known').columns;
  if (known.length < 2)
    throw new InsufficientDataError(
      `transfer needs at least 2 known devices, not ${known.length}: import another device's table`,
    );
  if (rows.length < 20)
    throw new InsufficientDataError(
      `transfer needs the costs of at least 20 architectures on known devices, not ${rows.length}`,
    );
  const taught = rows.slice(0, mostTaught);
  const groups = groupOfColumn(layout);
  const parameters = sharedKernelParameters(
    known.map((device) => {
      const rest = groups.map((_, column) => column).filter((column) => column !== device);
      return {
        x: taught.map((row) => Float64Array.from(rest, (column) => row[column]!)),
        y: taught.map((row) => row[device]!),
        groups: rest.map((column) => groups[column]!),
      };
    }),
  );
  return { devices: known.length, layout, parameters, scaling: standardScaling(rows) };
}

/** The columns that the model `transfer` reads. */
function readByTransfer({ layout, rows }: Population): Population {
  const read = selectColumns(layout, (it) => costModels.transfer.reads(it));
  return {
    layout: read.layout,
    rows: rows.map((row) => Float64Array.from(read.columns, (column) => row[column]!)),
  };
}

/** Candidates for measurement that are looked at. */
const poolSize = 1000;

/**
 * Positions of the `count` architectures to measure: from a random thousand of the population, greedily the one whose cost is
 * least certain given those before it, by the known devices' hyper-parameters where there are such.
 * @throws {InsufficientDataError} the population has fewer
 */
export function chooseArchitectures(
  population: Population,
  count: number,
  { rng, knowledge }: { readonly rng: Rng; readonly knowledge?: TransferKnowledge },
): number[] {
  const pool = rng.shuffle(population.rows.map((_, i) => i)).slice(0, Math.max(poolSize, count));
  const { layout, rows } = readByTransfer({
    layout: population.layout,
    rows: pool.map((i) => population.rows[i]!),
  });
  const picked = mostInformative(rows, count, { groups: groupOfColumn(layout), ...knowledge });
  return picked.map((at) => pool[at]!);
}
