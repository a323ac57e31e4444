import {
  InvalidArchitectureError,
  SearchSpaceTooLargeError,
  ValidationError,
} from '@sextant/common';
import { describe, expect, it } from 'vitest';
import { strategies } from '.';
import { evaluateAll, strategyConformance } from '../../testing';
import {
  cellSpace,
  encodedSpace,
  encodingCount,
  encodingKey,
  hypervolume,
  paretoFront,
  restrictTo,
  resumeRun,
  startRun,
  type Encoding,
} from '..';

strategyConformance(strategies['random-search']);
strategyConformance(strategies['random-search'], { options: { allowDuplicates: true } });
strategyConformance(strategies['regularized-evolution'], {
  options: { populationSize: 20, tournamentSize: 5 },
});
strategyConformance(strategies['nsga-2'], { options: { populationSize: 20 } });
strategyConformance(strategies['constrained-evolution'], { options: { populationSize: 20 } });
strategyConformance(strategies['constrained-evolution'], {
  options: { populationSize: 20, operators: 'ofa' },
});
strategyConformance(strategies['local-search'], { budget: 70 });
strategyConformance(strategies.enumeration);

const cells = cellSpace({ classes: false });

describe('the registry', () => {
  it('names every strategy by its key', () => {
    for (const [key, { name }] of Object.entries(strategies)) expect(name).toBe(key);
  });

  it('has defaults for every option, the paper’s where there is one', () => {
    const defaults = Object.fromEntries(
      Object.values(strategies).map(({ name, options }) => [name, options.parse({})]),
    );
    expect(defaults['regularized-evolution']).toEqual({ populationSize: 100, tournamentSize: 25 });
    expect(defaults['nsga-2']).toEqual({ populationSize: 100, crossoverProbability: 0.9 });
    expect(defaults['constrained-evolution']).toMatchObject({
      populationSize: 100,
      parentRatio: 0.5,
      mutationRatio: 0.5,
      redrawProbability: 0.1,
    });
  });

  it('refuses a strategy that does not exist, with those that do', () => {
    expect(() => startRun({ strategy: 'toString', space: cells, seed: 1 })).toThrow(
      ValidationError,
    );
    expect(() => startRun({ strategy: 'grid', space: cells, seed: 1 })).toThrow(/nsga-2/);
    expect(() => resumeRun(cells, { strategy: 'random-search' })).toThrow(ValidationError);
  });
});

describe('regularized evolution', () => {
  const run = () =>
    startRun({
      strategy: 'regularized-evolution',
      space: cells,
      seed: 4,
      options: { populationSize: 5, tournamentSize: 5 },
    });

  it('lets the oldest member go even when it is the best', () => {
    const it = run();
    // The first is by far the best; the five after it push it out.
    const { results } = evaluateAll(it, 11, () => ({
      objectives: [it.save().asked === 1 ? 0 : 9],
    }));
    const { population } = it.save().state as { population: { number: number }[] };
    expect(population.map(({ number }) => number)).toEqual([6, 7, 8, 9, 10]);
    expect(results[0]?.objectives).toEqual([0]);
  });

  it('changes one choice of a member at a time', () => {
    const { results } = evaluateAll(run(), 40, (encoding) => ({
      objectives: [encoding.filter((op) => op !== 3).length],
    }));
    for (const [at, { encoding }] of results.entries()) {
      if (at < 5) continue;
      const distances = results
        .slice(at - 5, at)
        .map((parent) => parent.encoding.filter((op, edge) => op !== encoding[edge]).length);
      expect(Math.min(...distances)).toBeLessThanOrEqual(1);
    }
  });
});

describe('NSGA-II', () => {
  /** Twelve choices of five: more 2s cost what fewer cost elsewhere, so that the front has 13 points. */
  const wide = encodedSpace({ name: 'wide', sizes: Array<number>(12).fill(5) });
  const objectives = (encoding: Encoding) => {
    const twos = encoding.filter((value) => value === 2).length;
    return [twos + encoding.filter((value) => value === 1).length / 10, 12 - twos];
  };

  it('covers far more of the front than random search', () => {
    const volume = (strategy: string, seed: number) => {
      const options = strategy === 'nsga-2' ? { populationSize: 20 } : {};
      const run = startRun({ strategy, space: wide, seed, options });
      const { results } = evaluateAll(run, 600, (it) => ({ objectives: objectives(it) }));
      const points = results.map((it) => it.objectives);
      return { front: paretoFront(points).length, volume: hypervolume(points, [13, 13]) };
    };
    for (const seed of [1, 2, 3, 4, 5]) {
      const [ours, random] = [volume('nsga-2', seed), volume('random-search', seed)];
      expect(ours.front).toBeGreaterThan(random.front);
      expect(ours.volume).toBeGreaterThan(random.volume);
    }
  });

  it('moves towards what meets the limits when it starts outside', () => {
    const run = startRun({
      strategy: 'nsga-2',
      space: cells,
      seed: 2,
      options: { populationSize: 20 },
    });
    const { results } = evaluateAll(run, 300, (cell) => {
      const sum = cell.reduce((total, op) => total + op, 0);
      return { objectives: [sum, -sum], violation: Math.max(0, 22 - sum) };
    });
    const met = (from: number, to: number) =>
      results.slice(from, to).filter(({ violation }) => violation === 0).length / (to - from);
    expect(met(0, 20)).toBe(0);
    expect(met(200, 300)).toBeGreaterThan(0.1);
  });
});

describe('evolution under limits', () => {
  it('ranks what breaks a limit behind all that does not', () => {
    const run = startRun({
      strategy: 'constrained-evolution',
      space: cells,
      seed: 3,
      options: { populationSize: 8 },
    });
    evaluateAll(run, 8, (cell) => ({
      objectives: [-cell.reduce((total, op) => total + op, 0)],
      violation: cell[0] === 4 ? 1 : 0,
    }));
    const { population } = run.save().state as { population: { violation: number }[] };
    expect(population).toHaveLength(4);
    for (const { violation } of population) expect(violation).toBe(0);
  });

  it('with Once-for-All’s operators asks for the same again', () => {
    const run = startRun({
      strategy: 'constrained-evolution',
      space: cells,
      seed: 3,
      options: { operators: 'ofa', populationSize: 20 },
    });
    const { results } = evaluateAll(run, 300, (cell) => ({ objectives: [cell[0] as number] }));
    const different = new Set(results.map(({ encoding }) => encodingKey(encoding)));
    expect(different.size).toBeLessThan(290);
  });
});

describe('enumeration', () => {
  it('visits every class of cells once, the last choice fastest', () => {
    const run = startRun({ strategy: 'enumeration', space: cellSpace({ classes: true }), seed: 0 });
    const { results, ended } = evaluateAll(run, 20_000, () => ({ objectives: [0] }));
    expect(ended).toBe('exhausted');
    expect(results).toHaveLength(6466);
    const toy = encodedSpace({ name: 'toy', sizes: [2, 3] });
    const all = evaluateAll(startRun({ strategy: 'enumeration', space: toy, seed: 0 }), 9, () => ({
      objectives: [0],
    }));
    expect(all.results.map(({ encoding }) => encoding.join(''))).toEqual([
      '00',
      '01',
      '02',
      '10',
      '11',
      '12',
    ]);
  });

  it('refuses a space above its limit', () => {
    const large = encodedSpace({ name: 'large', sizes: Array<number>(40).fill(4) });
    expect(encodingCount(large)).toBe(4 ** 40);
    expect(() => startRun({ strategy: 'enumeration', space: large, seed: 0 }).ask()).toThrow(
      SearchSpaceTooLargeError,
    );
  });
});

describe('a limit that only few of many encodings meet', () => {
  it('ends after a bounded number of tries where the space is too large to look through', () => {
    const large = encodedSpace({ name: 'large', sizes: Array<number>(40).fill(4) });
    let asked = 0;
    const none = restrictTo(large, () => (asked++, false));
    for (const strategy of ['random-search', 'constrained-evolution', 'nsga-2']) {
      asked = 0;
      expect(startRun({ strategy, space: none, seed: 1 }).ask()).toEqual({ kind: 'infeasible' });
      expect(asked).toBe(1000);
    }
  });

  it('refuses results that are no encoding of the space', () => {
    const run = startRun({ strategy: 'random-search', space: cells, seed: 1 });
    run.ask();
    expect(() =>
      run.tell({ number: 0, encoding: [0, 0, 0, 0, 0, 5], objectives: [1], violation: 0 }),
    ).toThrow(InvalidArchitectureError);
  });
});
