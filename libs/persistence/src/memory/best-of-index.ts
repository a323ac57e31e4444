/**
 * @file The mission query on a search's results in memory: the answer, rank, count and neighbours that `best-query.ts` gives.
 * Runs of an order that hold nothing small enough are left out, so a question looks at a small part of the rows.
 */
import type { CostKey } from '@sextant/contracts';
import { few, type BestRequest } from '../query/best-query';
import { counts } from './build-index';
import { runLength, type CostIndex, type RankingIndex, type ResultsIndex } from './results-index';

/** A candidate's row, and its place in the ranking; 1 = best. */
export interface Ranked {
  readonly row: number;
  readonly rank: number;
}

export type IndexedBest =
  | {
      readonly feasible: true;
      readonly evaluatedCount: number;
      readonly answer: Ranked;
      readonly feasibleCount: number;
      readonly isExact: boolean;
      readonly slower: Ranked | null;
      readonly faster: Ranked | null;
    }
  | {
      readonly feasible: false;
      readonly evaluatedCount: number;
      readonly smallest: Readonly<Record<string, number | null>>;
      readonly highestAccuracy: number | null;
    };

/** A slower neighbour that must hold other limits too is looked for among so many. */
const rowsForNeighbour = 5000;

interface Bound {
  /** Number of the cost in the index; -1 where no candidate has it. */
  readonly at: number;
  readonly max: number;
  readonly isStrict: boolean;
}

/** First place of 0…count for which `isPast` holds. */
function firstPlace(count: number, isPast: (at: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isPast(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

class Question {
  private readonly ranking: RankingIndex;
  private readonly bounds: readonly Bound[];
  private readonly maxLoss: number;

  constructor(
    private readonly index: ResultsIndex,
    private readonly request: BestRequest,
  ) {
    this.ranking = index.rankings[request.ranking];
    this.bounds = request.limits.map(({ cost, max }) => this.bound(cost, max, false));
    this.maxLoss = request.minAccuracy === null ? Infinity : -request.minAccuracy;
  }

  answer(): IndexedBest {
    const evaluatedCount = this.ranking.order.length;
    const place = this.firstWithin(this.bounds, 0);
    if (place === null) {
      const [first] = this.ranking.order;
      const highestAccuracy = first === undefined ? null : -this.ranking.loss[first]!;
      return { feasible: false, evaluatedCount, smallest: this.smallest(), highestAccuracy };
    }
    const answer = this.at(place);
    return {
      ...{ feasible: true, evaluatedCount, answer },
      ...this.count(),
      slower: this.slower(answer.row),
      faster: this.faster(place),
    };
  }

  private bound(cost: CostKey, max: number, isStrict: boolean): Bound {
    return { at: this.index.costs.findIndex((it) => it.cost === cost), max, isStrict };
  }

  private at = (place: number): Ranked => ({
    row: this.ranking.order[place]!,
    rank: place + 1,
  });

  private holds({ at, max, isStrict }: Bound, row: number): boolean {
    const column = this.index.costs[at];
    if (column === undefined || !counts(column, row, this.request.evidence)) return false;
    const value = column.values[row]!;
    return isStrict ? value < max : value <= max;
  }

  /** Whether a run of the ranking may hold something within the bound. */
  private mayHold({ at, max, isStrict }: Bound, run: number): boolean {
    const lowest = this.ranking.lowest[at]?.[this.request.evidence][run] ?? Infinity;
    return isStrict ? lowest < max : lowest <= max;
  }

  /** Place of the first within the bounds, from `from` on. */
  private firstWithin(bounds: readonly Bound[], from: number): number | null {
    const { order, loss } = this.ranking;
    for (let start = from; start < order.length;) {
      const run = Math.floor(start / runLength);
      const end = Math.min(order.length, (run + 1) * runLength);
      if (loss[order[start]!]! > this.maxLoss) return null;
      if (bounds.every((bound) => this.mayHold(bound, run))) {
        for (let place = start; place < end; place++) {
          const row = order[place]!;
          if (loss[row]! > this.maxLoss) return null;
          if (bounds.every((bound) => this.holds(bound, row))) return place;
        }
      }
      start = end;
    }
    return null;
  }

  /** How many of a cost's order hold the bound; where it has no such cost, none. */
  private below({ at, max }: Bound): number {
    const column = this.index.costs[at];
    if (column === undefined) return 0;
    const { order, values, before } = column;
    const end = firstPlace(order.length, (place) => values[order[place]!]! > max);
    const run = Math.floor(end / runLength);
    const { ranking, evidence } = this.request;
    let count = before[ranking][evidence][run] ?? 0;
    for (let place = run * runLength; place < end; place++)
      if (this.isCounted(column, order[place]!)) count++;
    return count;
  }

  private isCounted = (column: CostIndex, row: number): boolean =>
    !Number.isNaN(this.ranking.loss[row]!) && counts(column, row, this.request.evidence);

  /** As many as have a loss of at most `maxLoss`. */
  private accurate(): number {
    const { order, loss } = this.ranking;
    return firstPlace(order.length, (place) => loss[order[place]!]! > this.maxLoss);
  }

  private count(): { readonly feasibleCount: number; readonly isExact: boolean } {
    const each = this.bounds.map((bound) => this.below(bound));
    const single = this.request.minAccuracy === null ? each : [...each, this.accurate()];
    if (single.length === 0) return { feasibleCount: this.ranking.order.length, isExact: true };
    const least = Math.min(...single);
    if (single.length === 1 || least > few)
      return { feasibleCount: least, isExact: single.length === 1 };
    return { feasibleCount: this.countAmong(each.indexOf(least)), isExact: true };
  }

  /** Everything within every bound, of those within bound number `of`; of the most accurate where it is -1. */
  private countAmong(of: number): number {
    const { order, loss } = this.ranking;
    const rows =
      of < 0 ? order.subarray(0, this.accurate()) : this.within(this.bounds[of] as Bound);
    let count = 0;
    for (const row of rows) {
      if (loss[row]! <= this.maxLoss && this.bounds.every((bound) => this.holds(bound, row)))
        count++;
    }
    return count;
  }

  private within({ at, max }: Bound): Uint32Array {
    const { order, values } = this.index.costs[at] as CostIndex;
    return order.subarray(
      0,
      firstPlace(order.length, (place) => values[order[place]!]! > max),
    );
  }

  /** The nearest above the latency limit that is better than the answer. */
  private slower(answer: number): Ranked | null {
    const { latency, limits, ranking, evidence } = this.request;
    const limit = limits.find(({ cost }) => cost === latency);
    const column = this.index.costs.find(({ cost }) => cost === latency);
    if (limit === undefined || column === undefined) return null;
    const others = this.bounds.filter((_, at) => limits[at] !== limit);
    const { order, values, lowestLoss } = column;
    const { loss } = this.ranking;
    let start = firstPlace(order.length, (place) => values[order[place]!]! > limit.max);
    for (let looked = 0; start < order.length && looked < rowsForNeighbour;) {
      const run = Math.floor(start / runLength);
      const end = Math.min(order.length, (run + 1) * runLength);
      if (lowestLoss[ranking][evidence][run]! < loss[answer]!) {
        looked += end - start;
        for (const row of order.subarray(start, end)) {
          const isBetter = loss[row]! < loss[answer]! && loss[row]! <= this.maxLoss;
          if (!isBetter || !counts(column, row, evidence)) continue;
          if (others.every((bound) => this.holds(bound, row))) return this.at(this.placeOf(row));
        }
      }
      start = end;
    }
    return null;
  }

  /** The first behind the answer that is faster. */
  private faster(place: number): Ranked | null {
    const { latency, evidence } = this.request;
    const column = this.index.costs.find(({ cost }) => cost === latency);
    const row = this.ranking.order[place]!;
    if (column === undefined || !counts(column, row, evidence)) return null;
    const others = this.bounds.filter(({ at }) => this.index.costs[at] !== column);
    const bound = this.bound(latency, column.values[row]!, true);
    const found = this.firstWithin([bound, ...others], place + 1);
    return found === null ? null : this.at(found);
  }

  private placeOf(row: number): number {
    const { order, loss } = this.ranking;
    const { macs } = this.index;
    return firstPlace(order.length, (place) => {
      const it = order[place]!;
      return (loss[it]! - loss[row]! || macs[it]! - macs[row]! || it - row) >= 0;
    });
  }

  private smallest(): Readonly<Record<string, number | null>> {
    const of = (cost: CostKey): number | null => {
      const column = this.index.costs.find((it) => it.cost === cost);
      const { ranking, evidence } = this.request;
      const sums = column?.before[ranking][evidence];
      const run = sums?.findIndex((_, at) => (sums[at + 1] ?? 0) > 0) ?? -1;
      if (column === undefined || run < 0) return null;
      const rows = column.order.subarray(run * runLength, (run + 1) * runLength);
      const row = rows.find((it) => this.isCounted(column, it));
      return row === undefined ? null : column.values[row]!;
    };
    return Object.fromEntries(this.request.smallestOf.map((cost) => [cost, of(cost)]));
  }
}

/** A limit on a cost that no candidate has is held by none. */
export const bestOfIndex = (index: ResultsIndex, request: BestRequest): IndexedBest =>
  new Question(index, request).answer();
