/** @file What the columns of a feature row mean: cost models choose theirs by role. */
import { ShapeError } from '@sextant/common';

/**
 * - `choice`: one column per value of each decision (0/1), so that costs can add up over blocks;
 * - `size`: multiply–accumulates and what else is counted in closed form;
 * - `structure`: counts, depths and joins, which an additive model cannot see;
 * - `table`: Σ of a per-block lookup table, in the unit of the cost;
 * - `known`: logarithm of the cost on other devices, one column a device.
 */
export type FeatureRole = 'choice' | 'size' | 'structure' | 'table' | 'known';

export interface FeatureGroup {
  readonly name: string;
  readonly role: FeatureRole;
  readonly columns: number;
}

/** Groups in the order of their columns. JSON. */
export type FeatureLayout = readonly FeatureGroup[];

/** How architectures of one space become feature rows. */
export interface FeatureMap<A> {
  readonly layout: FeatureLayout;
  of(architecture: A): Float64Array;
}

export const columnCount = (layout: FeatureLayout): number =>
  layout.reduce((sum, { columns }) => sum + columns, 0);

/** Every column's group, as regressors take it. */
export const groupOfColumn = (layout: FeatureLayout): number[] =>
  layout.flatMap(({ columns }, group) => new Array<number>(columns).fill(group));

/** Positions of the columns of groups that `isWanted`, and their layout. */
export function selectColumns(
  layout: FeatureLayout,
  isWanted: (group: FeatureGroup) => boolean,
): { readonly columns: readonly number[]; readonly layout: FeatureLayout } {
  const groups = groupOfColumn(layout);
  const columns = groups.flatMap((group, column) => (isWanted(layout[group]!) ? [column] : []));
  return { columns, layout: layout.filter(isWanted) };
}

/** The row with the columns of a further group behind it. @throws {ShapeError} another number of values than columns */
export function withGroup<A>(
  features: FeatureMap<A>,
  group: FeatureGroup,
  valuesOf: (architecture: A) => ArrayLike<number>,
): FeatureMap<A> {
  return {
    layout: [...features.layout, group],
    of(architecture) {
      const values = valuesOf(architecture);
      if (values.length !== group.columns)
        throw new ShapeError(`${group.name}: ${values.length} values for ${group.columns} columns`);
      return Float64Array.from([...features.of(architecture), ...Array.from(values)]);
    },
  };
}

/** Costs on other devices, positive, one a device: they enter as logarithms. */
export const withKnownDevices = <A>(
  features: FeatureMap<A>,
  devices: readonly string[],
  costsOf: (architecture: A) => ArrayLike<number>,
): FeatureMap<A> =>
  withGroup(
    features,
    { name: 'known devices', role: 'known', columns: devices.length },
    (architecture) => Float64Array.from(costsOf(architecture), Math.log),
  );
