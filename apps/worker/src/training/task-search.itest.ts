/** @file A search for several tasks by the real process, its results in a real database. */
import { execFileSync } from 'node:child_process';
import { CreateSearch, type SceneTaskName } from '@sextant/contracts';
import { writeGarmentScenes } from '@sextant/datasets/testing';
import type { CandidateRepository, SearchRepository } from '@sextant/persistence';
import { taskListId } from '@sextant/persistence';
import { freshDatabase, type FreshDatabase } from '@sextant/persistence/testing';
import { tinyTopologySpace } from '@sextant/supernet/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Surroundings } from '../../testing/fixtures';
import { trainingRunner } from '../../testing/training-runner';
import type { SearchRunner } from './search-runner';

let database: FreshDatabase;
let around: Surroundings;
let searches: SearchRepository;
let candidates: CandidateRepository;
let runner: SearchRunner;

beforeAll(async () => {
  database = await freshDatabase();
  around = new Surroundings();
  await writeGarmentScenes(around.datasetRoot, 'garments', { train: 160, test: 40 });
  ({ runner, searches, candidates } = await trainingRunner(database, around));
});
afterAll(async () => {
  around.remove();
  await database.drop();
});

const tasks: SceneTaskName[] = ['classification', 'segmentation', 'detection'];
const spec = (steps: number) =>
  CreateSearch.parse({
    dataset: 'garments',
    space: tinyTopologySpace,
    method: { name: 'fbnet-v5', options: { steps, batchSize: 16, checkpointSeconds: 1 } },
    evaluation: { candidates: 2, calibrationImages: 64 },
  });

const rankedOf = async (searchId: string) => {
  const lists: Record<string, unknown> = {};
  for (const task of tasks) {
    const all = await candidates.all(taskListId(searchId, task));
    lists[task] = all
      .map(({ id, measurements }) => ({
        id,
        scores: measurements
          .filter(({ metric }) => metric === 'accuracy')
          .map(({ split, value }) => `${split} ${value}`)
          .sort(),
      }))
      .sort((a, b) => a.id.localeCompare(b.id));
  }
  return lists;
};

/** Processes that compute for the runner of this test. */
const killTraining = (): void => {
  execFileSync('pkill', ['-KILL', '-f', around.datasetRoot]);
};

describe('a search for several tasks', () => {
  it('fills a list for each, and the same ones where its process was killed half-way', async () => {
    const whole = (await searches.create(spec(40))).search;
    await runner.run(whole.id);
    expect(await searches.get(whole.id)).toMatchObject({ state: 'succeeded', error: null });
    const lists = await rankedOf(whole.id);
    for (const task of tasks) {
      expect(lists[task]).not.toEqual([]);
      const list = await searches.get(taskListId(whole.id, task));
      expect(list).toMatchObject({ state: 'succeeded', summary: { trainingSteps: 40 } });
    }
    const killed = (await searches.create(spec(40))).search;
    const first = runner.run(killed.id);
    await vi.waitFor(
      async () => {
        const { progress } = await searches.get(killed.id);
        expect(progress?.step).toBeGreaterThan(20);
      },
      { timeout: 60_000, interval: 50 },
    );
    killTraining();
    await first;
    expect((await searches.get(killed.id)).state).toBe('queued');
    await runner.run(killed.id);
    expect((await searches.get(killed.id)).state).toBe('succeeded');
    expect(await rankedOf(killed.id)).toEqual(lists);
  }, 120_000);

  it('ends with all of its lists where it is cancelled', async () => {
    const { search } = await searches.create(spec(2000));
    const running = runner.run(search.id);
    await vi.waitFor(
      async () => expect((await searches.get(search.id)).progress?.step).toBeGreaterThan(2),
      { timeout: 60_000, interval: 50 },
    );
    await searches.cancel(taskListId(search.id, 'detection'));
    await running;
    expect((await searches.get(search.id)).state).toBe('cancelled');
    expect((await searches.get(taskListId(search.id, 'segmentation'))).state).toBe('cancelled');
  }, 120_000);
});
