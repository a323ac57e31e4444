/** @file A random forest (ml-random-forest), flattened once grown: small as JSON, quick to ask. */
import { RandomForestRegression } from 'ml-random-forest';
import type { Regressor } from './regressor';
import { requireTrainingData, requireWidth, type Rows } from './rows';

export interface RandomForestOptions {
  /** @default 120 */
  readonly trees?: number;
  /** Share of the columns each tree sees, in (0, 1]. @default 0.5 */
  readonly maxFeatures?: number;
  /** A node of this many rows or fewer is not split. @default 3 */
  readonly leafSize?: number;
  /** 32-bit integer. @default 42 */
  readonly seed?: number;
}

/** Nodes in one list, children after their parent; a leaf has feature −1 and its prediction as value. JSON. */
export interface FlatTree {
  readonly feature: readonly number[];
  /** A row goes left where its feature is below the value. */
  readonly value: readonly number[];
  readonly left: readonly number[];
  readonly right: readonly number[];
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
 * Mean of `trees` regression trees, each grown on a bootstrap sample of the rows and a random share of the columns.
 * x n rows of d → y n. The same seed gives the same forest. O(trees·d·n²): seconds at n = 500.
 * @throws {InsufficientDataError} fewer than two rows, or no features
 * @throws {NonFiniteError} a number is not finite
 * @see Breiman 2001, Random forests
 * Differs: columns are drawn per tree, not per split (so does the library).
 */
export function fitRandomForest(
  x: Rows,
  y: ArrayLike<number>,
  { trees = 120, maxFeatures = 0.5, leafSize = 3, seed = 42 }: RandomForestOptions = {},
): RandomForestRegressor {
  const features = requireTrainingData('fitRandomForest', x, y, 2);
  const forest = new RandomForestRegression({
    nEstimators: trees,
    // A count, not a share: the library reads 1.0 as one column and rounds shares down, to none at worst.
    maxFeatures: Math.max(1, Math.round(maxFeatures * features)),
    replacement: false,
    useSampleBagging: true,
    noOOB: true,
    seed,
    treeOptions: { minNumSamples: leafSize },
  });
  forest.train(
    x.map((row) => Array.from(row)),
    Array.from(y),
  );
  const { indexes, estimators } = forest as unknown as GrownForest;
  return randomForestFrom({
    kind: 'random-forest',
    features,
    trees: estimators.map(({ root }, i) => flatten(root, indexes[i]!)),
  });
}

export function randomForestFrom(state: RandomForestState): RandomForestRegressor {
  return {
    predict(rows) {
      requireWidth('randomForest', rows, state.features);
      return Float64Array.from(
        rows,
        (row) => state.trees.reduce((sum, tree) => sum + ask(tree, row), 0) / state.trees.length,
      );
    },
    toJSON: () => state,
  };
}

/** What the library holds once trained; its types do not say so. */
interface GrownForest {
  /** Per tree, the columns it was given. */
  readonly indexes: readonly (readonly number[])[];
  readonly estimators: readonly { readonly root: GrownNode }[];
}

interface GrownNode {
  readonly left?: GrownNode;
  readonly right?: GrownNode;
  readonly splitColumn: number;
  readonly splitValue: number;
  readonly distribution: number;
}

function flatten(root: GrownNode, columns: readonly number[]): FlatTree {
  const [feature, value, left, right]: [number[], number[], number[], number[]] = [[], [], [], []];
  const add = (node: GrownNode): number => {
    const isLeaf = !node.left || !node.right;
    const at = feature.push(isLeaf ? -1 : columns[node.splitColumn]!) - 1;
    value.push(isLeaf ? node.distribution : node.splitValue);
    left.push(-1);
    right.push(-1);
    if (node.left && node.right) {
      left[at] = add(node.left);
      right[at] = add(node.right);
    }
    return at;
  };
  add(root);
  return { feature, value, left, right };
}

function ask({ feature, value, left, right }: FlatTree, row: ArrayLike<number>): number {
  let at = 0;
  while (feature[at]! >= 0) at = row[feature[at]!]! < value[at]! ? left[at]! : right[at]!;
  return value[at]!;
}
