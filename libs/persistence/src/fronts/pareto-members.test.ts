import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withNewcomers, type Member } from './pareto-members';

const dominates = (a: Member, b: Member): boolean =>
  a.point.every((value, at) => value <= b.point[at]!) &&
  (a.point.some((value, at) => value < b.point[at]!) || a.id < b.id);

const bruteForce = (all: readonly Member[]): string[] =>
  all.filter((b) => !all.some((a) => a !== b && dominates(a, b))).map(({ id }) => id);

/** Coarse values: equal points and equal objectives are common. */
const members = (objectives: number) =>
  fc
    .array(
      fc.array(fc.integer({ min: 0, max: 5 }), { minLength: objectives, maxLength: objectives }),
      {
        maxLength: 60,
      },
    )
    .map((points) => points.map((point, at) => ({ id: String(at).padStart(3, '0'), point })));

describe('a front', () => {
  it.each([1, 2, 3, 4])(
    'of %i objectives is what comparing each with each finds, in any order',
    (n) => {
      fc.assert(
        fc.property(members(n), fc.integer({ min: 0, max: 60 }), fc.boolean(), (all, cut, turn) => {
          const order = turn ? [...all].reverse() : all;
          const front = withNewcomers(withNewcomers([], order.slice(0, cut)), order.slice(cut));
          expect(front.map(({ id }) => id).sort()).toEqual(bruteForce(all).sort());
        }),
      );
    },
  );

  it('is the same when its members come again', () => {
    const all = [
      { id: 'a', point: [1, 2] },
      { id: 'b', point: [2, 1] },
    ];
    const again = withNewcomers(all, all);
    expect(again).toHaveLength(2);
    expect(again).toEqual(expect.arrayContaining(all));
  });
});
