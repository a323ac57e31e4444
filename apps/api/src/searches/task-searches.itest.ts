/** @file Searches for several tasks, submitted and read over HTTP. */
import path from 'node:path';
import { bundleChild } from '@sextant/common/testing';
import { Problem, SearchEstimate, SearchView } from '@sextant/contracts';
import { writeGarmentScenes } from '@sextant/datasets/testing';
import { sampleCandidate } from '@sextant/persistence/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../../testing/test-api';

let api: TestApi;
beforeAll(async () => {
  const memoryChild = await bundleChild(path.join(import.meta.dirname, 'estimate-memory.child.ts'));
  api = await startTestApi((url) => url, { memoryChild });
  await writeGarmentScenes(api.datasetRoot, 'garment-scenes', { train: 120, test: 40 });
});
afterAll(() => api.stop());

const request = {
  dataset: 'garment-scenes',
  space: 'scenes-small',
  method: { name: 'fbnet-v5', options: { steps: 10, batchSize: 16 } },
};
const submit = (change: object = {}) =>
  api.inject({ method: 'POST', url: '/v1/searches', payload: { ...request, ...change } });

describe('a search for several tasks', () => {
  it('names a list for each task, where its networks are ranked and asked for', async () => {
    const response = await submit();
    expect(response.statusCode).toBe(202);
    const search = SearchView.parse(response.json());
    expect(search.tasks?.map(({ task }) => task)).toEqual([
      ...['classification', 'segmentation', 'detection'],
    ]);
    const epoch = await api.lease(search.id);
    const list = search.tasks?.[1]?.searchId as string;
    await api.candidates.record(list, epoch, [sampleCandidate(1), sampleCandidate(2)]);
    const view = SearchView.parse((await api.inject(`/v1/searches/${list}`)).json());
    expect(view).toMatchObject({
      state: 'running',
      parent: { task: 'segmentation', searchId: search.id, self: `/v1/searches/${search.id}` },
    });
    const page = await api.inject(`/v1/searches/${list}/candidates`);
    expect(page.json()).toMatchObject({ items: [{ rank: 1 }, { rank: 2 }] });
    const best = await api.inject(`/v1/searches/${list}/best`);
    expect(best.json()).toMatchObject({ feasible: true, candidate: { searchId: list } });
  });

  it('says where to ask, asked for networks of all tasks at once', async () => {
    const search = SearchView.parse((await submit()).json());
    for (const what of ['candidates', 'best', 'pareto?objectives=accuracy,macs']) {
      const response = await api.inject(`/v1/searches/${search.id}/${what}`);
      expect(response.statusCode).toBe(400);
      const { detail } = Problem.parse(response.json());
      expect(detail).toContain(`segmentation at /v1/searches/${search.tasks?.[1]?.searchId}`);
    }
  });

  it.each([
    [
      'scenes by a method for images of one label',
      { method: { name: 'big-nas' }, space: 'mbconv-fashion-mnist-v1' },
      400,
      '/dataset',
    ],
    ['images of one label', { dataset: 'fashion-mnist-subset' }, 400, '/dataset'],
    ['a space of another kind', { space: 'mbconv-fashion-mnist-v1' }, 422, '/space'],
    [
      'a task twice',
      { method: { name: 'fbnet-v5', options: { tasks: ['detection', 'detection'] } } },
      400,
      '/method/options/tasks',
    ],
    [
      'a batch larger than its scenes',
      { method: { name: 'fbnet-v5' } },
      400,
      '/method/options/batchSize',
    ],
  ])('refuses %s', async (_, change, status, pointer) => {
    const response = await submit(change);
    expect(response.statusCode).toBe(status);
    expect(Problem.parse(response.json()).errors?.[0]?.pointer).toBe(pointer);
  });

  it('refuses a limit that no network meets', async () => {
    const response = await submit({ constraints: { maxMacs: 1000 } });
    expect(response.statusCode).toBe(422);
    expect(Problem.parse(response.json()).code).toBe('infeasible-constraint');
  });
});

describe('a dry run of a search for several tasks', () => {
  const dryRun = async (change: object = {}) => {
    const payload = { ...request, ...change };
    const response = await api.inject({ method: 'POST', url: '/v1/searches/dry-run', payload });
    expect(response.statusCode, response.body).toBe(200);
    return SearchEstimate.parse(response.json());
  };

  it('tells candidates of all tasks, time and memory', async () => {
    const estimate = await dryRun({ evaluation: { candidates: 4 } });
    expect(estimate).toMatchObject({ feasible: true, candidates: 12, trainings: 1, limits: [] });
    expect(estimate.memoryBytes).toBeGreaterThan(2 ** 27);
    expect(estimate.seconds.phases['training']).toBeGreaterThan(0);
    const longer = { ...request.method, options: { ...request.method.options, steps: 40 } };
    const { seconds } = await dryRun({ method: longer });
    expect(seconds.phases['training']).toBeGreaterThan(
      3 * (estimate.seconds.phases['training'] as number),
    );
  });

  it('answers that limits cannot be met, where a submission is refused', async () => {
    const constraints = { maxMacs: 1000 };
    const { feasible, limits } = await dryRun({ constraints });
    expect(feasible).toBe(false);
    expect(limits).toMatchObject([{ cost: 'macs', limit: 1000, fits: false }]);
    expect((await submit({ constraints })).statusCode).toBe(422);
  });

  it('takes its rates from earlier searches of its kind', async () => {
    const { references, seconds } = await dryRun();
    expect(references).toBe(0);
    const earlier = SearchView.parse((await submit()).json());
    const epoch = await api.lease(earlier.id);
    const spent = 100 * (seconds.phases['training'] as number);
    await api.searches.finish(earlier.id, epoch, {
      state: 'succeeded',
      summary: {
        ...{ candidates: 1, trainingSteps: 10, parameters: 1, threads: 1 },
        ...{ trainImages: 102, validationImages: 18, testImages: 40 },
        seconds: { training: spent, evaluating: 1, testing: 1, measuring: 1 },
      },
    });
    const after = await dryRun();
    expect(after.references).toBe(1);
    expect(after.seconds.phases['training']).toBeCloseTo(spent, 5);
  });
});
