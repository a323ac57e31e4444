/** @file A random forest: the strongest cheap ranker on a handful of proxy scores. */
import { rng, type Rng } from '@sextant/common';
import { sortedOrder } from '../rank/ranks';
import type { Regressor } from './regressor';
import { askTree, growTree, type FlatTree, type SortedColumns } from './regression-tree';
import { requireTrainingData, requireWidth, type Rows } from './rows';

export interface RandomForestOptions {
  /** @default 120 */
  readonly trees?: number;
  /** Share of the columns that are looked at for a split, in (0, 1]. @default 1/3 */
  readonly maxFeatures?: number;
  /** A node of this many rows or fewer is not split. @default 2 */
  readonly leafSize?: number;
  /** @default 42 */
  readonly seed?: number;
}

/** JSON. */
export interface RandomForestState {
  readonly kind: 'random-forest';
  readonly features: number;
  readonly trees: readonly FlatTree[];
}

export interface RandomForestRegressor extends Regressor {
  toJSON(): RandomForestState;
}

/**
 * Mean of `trees` regression trees, each grown on a bootstrap sample of the rows; every split looks at a random share of the
 * columns. x n rows of d → y n. The same seed gives the same forest. O(trees·d·n·depth).
 *
 * Our own trees: those of ml-random-forest 2.1, which a test holds this against, take O(d·n²) a node: 22 s for 469 rows of 13
 * columns, where this takes half a second.
 * @throws {InsufficientDataError} fewer than two rows, or no features
 * @throws {NonFiniteError} a number is not finite
 * @see Breiman 2001, Random forests
 */
export function fitRandomForest(
  x: Rows,
  y: ArrayLike<number>,
  { trees = 120, maxFeatures = 1 / 3, leafSize = 2, seed = 42 }: RandomForestOptions = {},
): RandomForestRegressor {
  const features = requireTrainingData('fitRandomForest', x, y, 2);
  const data = sortedColumns(x, y, features);
  const draws = rng(seed, 'random-forest');
  const tried = Math.max(1, Math.min(features, Math.round(maxFeatures * features)));
  const grown = Array.from({ length: trees }, (_, tree) => {
    const own = draws.fork(tree);
    return growTree(data, { weights: bootstrapWeights(x.length, own), tried, leafSize, rng: own });
  });
  return randomForestFrom({ kind: 'random-forest', features, trees: grown });
}

export function randomForestFrom(state: RandomForestState): RandomForestRegressor {
  return {
    predict(rows) {
      requireWidth('randomForest', rows, state.features);
      return Float64Array.from(
        rows,
        (row) =>
          state.trees.reduce((sum, tree) => sum + askTree(tree, row), 0) / state.trees.length,
      );
    },
    toJSON: () => state,
  };
}

function sortedColumns(x: Rows, y: ArrayLike<number>, features: number): SortedColumns {
  const columns = Array.from({ length: features }, (_, column) =>
    Float64Array.from(x, (row) => row[column]!),
  );
  return { columns, orders: columns.map(sortedOrder), y: Float64Array.from(y) };
}

/** How often each of n rows is drawn in n draws with replacement. */
function bootstrapWeights(n: number, draws: Rng): Uint32Array {
  const weights = new Uint32Array(n);
  for (let i = 0; i < n; i++) weights[draws.int(n)]!++;
  return weights;
}
