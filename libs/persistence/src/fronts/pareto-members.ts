/** @file Members of a Pareto front, found point by point: all objectives minimised, ties settled by id. */

export interface Member {
  readonly id: string;
  readonly point: readonly number[];
}

/** Whether `a` is at most `b` in every objective. */
const covers = (a: readonly number[], b: readonly number[]): boolean => {
  for (let at = 0; at < a.length; at++) if ((a[at] as number) > (b[at] as number)) return false;
  return true;
};

/**
 * The points of `members` and `newcomers` that no other dominates; of equal points the one with the smallest id, so that
 * the front does not depend on the order in which they came. `members` must be a front already.
 *
 * A point that covered a newcomer moves half way to the start of the list: what is dominated is then found out after
 * a few comparisons, however long the front is.
 */
export function withNewcomers(members: readonly Member[], newcomers: readonly Member[]): Member[] {
  let front = [...members];
  for (const newcomer of newcomers) {
    const at = front.findIndex(({ point }) => covers(point, newcomer.point));
    if (at < 0) {
      front = front.filter(({ point }) => !covers(newcomer.point, point));
      front.push(newcomer);
      continue;
    }
    const found = front[at] as Member;
    const isEqual = covers(newcomer.point, found.point);
    const to = at >> 1;
    front[at] = front[to] as Member;
    front[to] = isEqual && newcomer.id < found.id ? newcomer : found;
  }
  return front;
}
