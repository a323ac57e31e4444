/** @file What every strategy must satisfy, whatever it searches by. */
import { ValidationError } from '@sextant/common';
import { searchSpaces } from '@sextant/search-space';
import { describe, expect, it } from 'vitest';
import {
  cellSpace,
  encodedSpace,
  encodingKey,
  mbconvSpace,
  restrictTo,
  resumeRun,
  startRun,
  type EncodedSpace,
  type Encoding,
  type Result,
  type Strategy,
  type StrategyRun,
} from '../src';
import { evaluateAll } from './evaluate-all';

const small = encodedSpace({ name: 'small', sizes: [3, 1, 4, 2] });

const spaces: readonly EncodedSpace[] = [
  cellSpace({ classes: false }),
  cellSpace({ classes: true }),
  restrictTo(cellSpace({ classes: false }), (cell) => cell.filter((op) => op === 3).length <= 1),
  mbconvSpace(searchSpaces['mbconv-fashion-mnist-v1']),
];

/** Any deterministic landscape with ties. */
const objectivesOf = (encoding: Encoding): number[] => [
  encoding.reduce((sum, value, at) => sum + ((value * (at + 3)) % 5), 0),
  encoding.reduce((sum, value) => sum - value, 0),
];
const evaluate = (encoding: Encoding) => ({ objectives: objectivesOf(encoding) });

/** A long way round through text. */
const throughJson = (space: EncodedSpace, run: StrategyRun): StrategyRun =>
  resumeRun(space, JSON.parse(JSON.stringify(run.save())));

const keys = (results: readonly Result[]) => results.map(({ encoding }) => encodingKey(encoding));

/**
 * Repeats from a seed, also through JSON after every step; proposes only canonical encodings that the space accepts;
 * keeps its promises on duplicates and order; ends where there is nothing to propose.
 */
export function strategyConformance(
  strategy: Strategy,
  { options = {}, budget = 150 }: { readonly options?: object; readonly budget?: number } = {},
): void {
  const start = (space: EncodedSpace, seed: number) =>
    startRun({ strategy: strategy.name, space, seed, options });
  const { noDuplicates } = strategy.open(small, options);

  describe(`strategy ${strategy.name} ${JSON.stringify(options)}`, () => {
    for (const [at, space] of spaces.entries()) {
      it(`proposes canonical, accepted encodings of ${space.name} (${at})`, () => {
        const { results } = evaluateAll(start(space, 3), budget, evaluate);
        expect(results.length).toBe(budget);
        for (const { encoding } of results) {
          expect(space.canonicalise(encoding)).toEqual(encoding);
          expect(space.accepts(encoding)).toBe(true);
        }
        if (noDuplicates) expect(new Set(keys(results)).size).toBe(budget);
      });

      it(`repeats a run on ${space.name} (${at}) from its seed, also when interrupted at every step`, () => {
        const whole = keys(evaluateAll(start(space, 5), budget, evaluate).results);
        expect(keys(evaluateAll(start(space, 5), budget, evaluate).results)).toEqual(whole);
        let run = start(space, 5);
        const pieces: string[] = [];
        while (pieces.length < budget) {
          const steps = Math.min(7, budget - pieces.length);
          pieces.push(...keys(evaluateAll(run, steps, evaluate).results));
          run = throughJson(space, run);
        }
        expect(pieces).toEqual(whole);
      });
    }

    it('gives other runs from other seeds, unless it draws nothing', () => {
      const [a, b] = [1, 2].map((seed) =>
        keys(evaluateAll(start(spaces[0]!, seed), 20, evaluate).results),
      );
      if (strategy.name === 'enumeration') expect(a).toEqual(b);
      else expect(a).not.toEqual(b);
    });

    it('takes results late, and in any order if it says so', () => {
      const space = spaces[0]!;
      const batches = (order: (results: Result[]) => Result[]): string[] => {
        const run = start(space, 9);
        const all: Result[] = [];
        for (let batch = 0; batch < 30; batch++) {
          const open: Result[] = [];
          for (let ask = run.ask(); ask.kind === 'candidate' && open.length < 8; ask = run.ask()) {
            const { number, encoding } = ask;
            open.push({ number, encoding, ...evaluate(encoding), violation: 0 });
            if (open.length === 8) break;
          }
          expect(open.length).toBeGreaterThan(0);
          for (const result of order(open)) run.tell(result);
          all.push(...open);
        }
        return keys(all);
      };
      const inOrder = batches((results) => results);
      const reversed = batches((results) => [...results].reverse());
      if (strategy.anyTellOrder) expect(reversed).toEqual(inOrder);
      if (noDuplicates) expect(new Set(inOrder).size).toBe(inOrder.length);
    });

    it('ends when a small space is exhausted, if it never repeats', () => {
      const { results, ended } = evaluateAll(start(small, 1), 60, evaluate);
      if (!noDuplicates) return expect(results).toHaveLength(60);
      expect(ended).toBe('exhausted');
      expect(new Set(keys(results)).size).toBe(24);
    });

    it('says that nothing is feasible where nothing is', () => {
      const none = restrictTo(spaces[0]!, () => false);
      expect(start(none, 1).ask()).toEqual({ kind: 'infeasible' });
    });

    it('finds the one encoding that is accepted', () => {
      const one = restrictTo(spaces[0]!, (cell) => cell.every((op, at) => op === (at * 3) % 5));
      const { results } = evaluateAll(start(one, 1), 1, evaluate);
      expect(results[0]?.encoding).toEqual([0, 3, 1, 4, 2, 0]);
    });

    it('refuses options and states that are not its own', () => {
      expect(() =>
        startRun({ strategy: strategy.name, space: small, seed: 1, options: { nonsense: 1 } }),
      ).toThrow(ValidationError);
      const saved = { ...start(small, 1).save(), state: { nonsense: 1 } };
      expect(() => resumeRun(small, saved)).toThrow(ValidationError);
    });

    it('refuses results of nothing it asked for', () => {
      const run = start(small, 1);
      expect(() =>
        run.tell({ number: 0, encoding: [0, 0, 0, 0], objectives: [1, 1], violation: 0 }),
      ).toThrow(ValidationError);
    });
  });
}
