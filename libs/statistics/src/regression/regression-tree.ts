/** @file One regression tree, grown on columns sorted once: a node costs O(d·rows), not O(d·rows²). */
import type { Rng } from '@sextant/common';

/** Nodes in one list, children after their parent; a leaf has feature −1 and its prediction as value. JSON. */
export interface FlatTree {
  readonly feature: readonly number[];
  /** A row goes left where its feature is below the value. */
  readonly value: readonly number[];
  readonly left: readonly number[];
  readonly right: readonly number[];
}

/** Training data by column, with each column's rows in increasing order. */
export interface SortedColumns {
  readonly columns: readonly Float64Array[];
  readonly orders: readonly Uint32Array[];
  readonly y: Float64Array;
}

export interface GrowthOptions {
  /** Times each row counts, 0 for rows that are not drawn. */
  readonly weights: Uint32Array;
  /** Columns that are looked at for each split. */
  readonly tried: number;
  /** A node of this much weight or less is not split. */
  readonly leafSize: number;
  readonly rng: Rng;
}

interface Split {
  readonly column: number;
  readonly threshold: number;
  readonly gain: number;
}

/**
 * CART: each node splits where Σ(y − ȳ)² of its two sides falls most, among `tried` columns drawn for it.
 * Thresholds lie half-way between neighbouring values. Ends at `leafSize`, at equal targets, or where no column differs.
 * @see Breiman, Friedman, Olshen & Stone 1984, Classification and Regression Trees, chapter 8
 */
export function growTree(data: SortedColumns, options: GrowthOptions): FlatTree {
  const { weights, rng } = options;
  const orders = data.orders.map((order) => order.filter((row) => weights[row]! > 0));
  const goesLeft = new Uint8Array(weights.length);
  const spare = new Uint32Array(orders[0]!.length);
  const columnNumbers = data.columns.map((_, column) => column);
  const [feature, value, left, right]: [number[], number[], number[], number[]] = [[], [], [], []];

  /** Splits every column's rows start..end by goesLeft, keeping them sorted; where the right side starts. */
  const partition = (start: number, end: number): number => {
    let middle = start;
    for (const order of orders) {
      middle = start;
      let held = 0;
      for (let i = start; i < end; i++) {
        const row = order[i]!;
        if (goesLeft[row]) order[middle++] = row;
        else spare[held++] = row;
      }
      order.set(spare.subarray(0, held), middle);
    }
    return middle;
  };

  const grow = (start: number, end: number): number => {
    const { weight, sum } = totals(data, weights, orders[0]!, start, end);
    const at = feature.push(-1) - 1;
    value.push(sum / weight);
    left.push(-1);
    right.push(-1);
    if (weight <= options.leafSize) return at;
    const split = bestSplit(data, options, orders, start, end, rng.shuffle(columnNumbers));
    if (!split) return at;
    const column = data.columns[split.column]!;
    for (let i = start; i < end; i++) {
      const row = orders[0]![i]!;
      goesLeft[row] = column[row]! < split.threshold ? 1 : 0;
    }
    const middle = partition(start, end);
    feature[at] = split.column;
    value[at] = split.threshold;
    left[at] = grow(start, middle);
    right[at] = grow(middle, end);
    return at;
  };
  grow(0, orders[0]!.length);
  return { feature, value, left, right };
}

export function askTree({ feature, value, left, right }: FlatTree, row: ArrayLike<number>): number {
  let at = 0;
  while (feature[at]! >= 0) at = row[feature[at]!]! < value[at]! ? left[at]! : right[at]!;
  return value[at]!;
}

function totals(
  { y }: SortedColumns,
  weights: Uint32Array,
  order: Uint32Array,
  start: number,
  end: number,
): { readonly weight: number; readonly sum: number } {
  let [weight, sum] = [0, 0];
  for (let i = start; i < end; i++) {
    weight += weights[order[i]!]!;
    sum += weights[order[i]!]! * y[order[i]!]!;
  }
  return { weight, sum };
}

/** The best split of `tried` columns; where none of those differs, of the next ones that do. */
function bestSplit(
  data: SortedColumns,
  { weights, tried }: GrowthOptions,
  orders: readonly Uint32Array[],
  start: number,
  end: number,
  shuffled: readonly number[],
): Split | undefined {
  let best: Split | undefined;
  for (let i = 0; i < shuffled.length && (i < tried || !best); i++) {
    const split = bestOfColumn(data, weights, orders, start, end, shuffled[i]!);
    if (split && split.gain > (best?.gain ?? 0)) best = split;
  }
  return best;
}

function bestOfColumn(
  { columns, y }: SortedColumns,
  weights: Uint32Array,
  orders: readonly Uint32Array[],
  start: number,
  end: number,
  column: number,
): Split | undefined {
  const order = orders[column]!;
  const x = columns[column]!;
  const whole = totals({ columns, orders, y }, weights, order, start, end);
  // Targets around the node's mean: the gain of a nearly constant node is not lost in rounding.
  const mean = whole.sum / whole.weight;
  let [weight, sum, gain, threshold] = [0, 0, 1e-12 * mean * mean, NaN];
  for (let i = start; i + 1 < end; i++) {
    const row = order[i]!;
    weight += weights[row]!;
    sum += weights[row]! * (y[row]! - mean);
    const [here, next] = [x[row]!, x[order[i + 1]!]!];
    if (here === next) continue;
    const here2 = (sum * sum) / weight + (sum * sum) / (whole.weight - weight);
    if (here2 > gain) {
      gain = here2;
      const middle = here + (next - here) / 2;
      threshold = middle > here ? middle : next;
    }
  }
  return Number.isNaN(threshold) ? undefined : { column, threshold, gain };
}
