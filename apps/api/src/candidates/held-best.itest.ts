import path from 'node:path';
import { rng } from '@sextant/common';
import { bundleChild } from '@sextant/common/testing';
import { CandidateRepository, SearchRepository, type BestRequest } from '@sextant/persistence';
import {
  freshDatabase,
  randomResult,
  runningSearch,
  type FreshDatabase,
} from '@sextant/persistence/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { HeldBest } from './held-best';
import { ResultsMemory } from './results-memory';

let database: FreshDatabase;
let candidates: CandidateRepository;
let entry: string;
beforeAll(async () => {
  database = await freshDatabase();
  candidates = new CandidateRepository(database.dataSource);
  entry = await bundleChild(path.join(import.meta.dirname, 'read-results.child.ts'));
});
afterAll(() => database.drop());

/** A search with so many candidates, and the reader of its results. */
async function held(count: number, maxBytes = 2 ** 20) {
  const { id, epoch } = await runningSearch(new SearchRepository(database.dataSource));
  const add = async (from: number, to: number) => {
    const draw = rng(5, from);
    const results = Array.from({ length: to - from }, (_, at) => randomResult(draw, from + at));
    await candidates.record(
      ...([id, epoch] as const),
      results.map(({ candidate }) => candidate),
    );
    await candidates.recordCosts(
      ...([id, epoch] as const),
      results.flatMap(({ costs }) => costs),
    );
  };
  await add(0, count);
  const errors: unknown[] = [];
  const memory = new ResultsMemory(entry, database.url, maxBytes, (error) => errors.push(error));
  onTestFinished(() => memory.close());
  const ask = async (request: BestRequest) => {
    const answer = await candidates.best(id, request);
    memory.note(id, answer.resultsVersion);
    return answer;
  };
  return { id, add, ask, memory, errors, best: new HeldBest(memory, candidates) };
}

const request = (max: number): BestRequest => ({
  limits: [{ cost: 'latencyMs@pixel3', max }],
  minAccuracy: null,
  ranking: 'accuracy',
  evidence: 'measured',
  latency: 'latencyMs@pixel3',
  smallestOf: ['latencyMs@pixel3', 'macs'],
});

describe('results in memory', () => {
  it('are read after three questions, and answer as the database does', async () => {
    const { id, ask, memory, best, errors } = await held(500);
    expect(await best.answer(id, request(1))).toBeNull();
    for (let at = 0; at < 3; at++) await ask(request(1));
    await memory.settled();
    expect(memory.get(id)).not.toBeNull();
    for (let max = 0; max < 2; max += 0.05)
      expect(await best.answer(id, request(max))).toEqual(await ask(request(max)));
    expect(errors).toEqual([]);
  });

  it('give no answer, and are dropped, once something was stored', async () => {
    const { id, ask, add, memory, best } = await held(50);
    for (let at = 0; at < 3; at++) await ask(request(1));
    await memory.settled();
    expect(memory.get(id)).not.toBeNull();
    await add(50, 60);
    expect(await best.answer(id, request(1))).toBeNull();
    expect(memory.get(id)).toBeNull();
  });

  it('are not held where they are larger than allowed', async () => {
    const { id, ask, memory, best } = await held(200, 1000);
    for (let at = 0; at < 3; at++) await ask(request(1));
    await memory.settled();
    expect(await best.answer(id, request(1))).toBeNull();
    expect(memory.get(id)).toBeNull();
  });

  it('are not read by a script that is not there: the error is told, the database answers', async () => {
    const { id, ask } = await held(10);
    const errors: unknown[] = [];
    const memory = new ResultsMemory('/nowhere.js', database.url, 2 ** 20, (error) =>
      errors.push(error),
    );
    const { resultsVersion } = await ask(request(1));
    for (let at = 0; at < 3; at++) memory.note(id, resultsVersion);
    await vi.waitFor(() => expect(errors).toHaveLength(1));
    expect(await new HeldBest(memory, candidates).answer(id, request(1))).toBeNull();
  });
});
