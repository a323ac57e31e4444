import { MemoryLimitError, ValidationError } from '@sextant/common';
import {
  CreateSearch,
  type EvaluatedCandidate,
  type Progress,
  type SceneTaskName,
  type SearchBy,
  type StopReason,
} from '@sextant/contracts';
import { portableLowerings, readModel } from '@sextant/engine';
import {
  tinySceneClasses,
  tinySceneFormat,
  tinyScenes,
  tinyTopologySpace,
} from '@sextant/supernet/testing';
import { describe, expect, it } from 'vitest';
import { requireTaskSearch, resolveTopologySpace, runTaskSearch } from '..';

function part(count: number, seed: number) {
  const { images, masks, labels, boxes } = tinyScenes(count, seed);
  return {
    ...images,
    masks: Uint8Array.from(masks.flatMap((mask) => [...mask])),
    labels: Uint8Array.from(labels),
    boxes,
  };
}
const shape = { ...tinySceneFormat, classes: tinySceneClasses };
const scenes = {
  ...{ id: 'tiny-scenes', sha256: 'f'.repeat(64), classNames: ['even', 'striped'], ...shape },
  train: part(60, 1),
  test: part(24, 2),
};
const counted = { ...shape, id: 'tiny-scenes', trainCount: 60, testCount: 20 };

const specOf = (options: object = {}, more: object = {}) =>
  CreateSearch.parse({
    dataset: 'tiny-scenes',
    space: tinyTopologySpace,
    method: {
      name: 'fbnet-v5',
      options: { steps: 10, batchSize: 8, checkpointSeconds: 1, ...options },
    },
    evaluation: { candidates: 3, calibrationImages: 64 },
    seed: 3,
    ...more,
  }) as SearchBy<'fbnet-v5'>;

/** Everything a run leaves behind, in memory. */
function world(spec = specOf()) {
  const models = new Map<string, Uint8Array>();
  const lists: Partial<Record<SceneTaskName, EvaluatedCandidate[]>> = {};
  const progress: Progress[] = [];
  let checkpoint: Uint8Array | null = null;
  let clock = 0;
  const run = (
    stopAt: (calls: number) => StopReason | null = () => null,
    memoryLimitBytes = 2 ** 30,
  ) => {
    let calls = 0;
    return runTaskSearch(
      {
        ...{ spec, scenes, checkpoint, done: lists, lowerings: portableLowerings },
        space: resolveTopologySpace(spec.space),
        machine: { threads: 1, memoryLimitBytes, device: 'test', runtime: 'test' },
      },
      {
        nowMs: () => (clock += 400),
        today: () => '2026-01-01T00:00:00.000Z',
        onProgress: (p) => progress.push(p),
        onCandidates: (list, task) => {
          const ids = new Set(list.map(({ id }) => id));
          lists[task] = [...(lists[task] ?? []).filter(({ id }) => !ids.has(id)), ...list];
        },
        saveCheckpoint: (bytes) => {
          checkpoint = bytes.slice();
          return Promise.resolve();
        },
        saveModel: (bytes) => {
          const sha256 = `${models.size}`.padStart(64, '0');
          models.set(sha256, bytes);
          return Promise.resolve({ sha256, bytes: bytes.length });
        },
        loadModel: (sha256) => Promise.resolve(models.get(sha256) as Uint8Array),
        stopRequested: () => Promise.resolve(stopAt(calls++)),
      },
    );
  };
  /** What a list ranks by, without timings and where models lie. */
  const ranked = (task: SceneTaskName) =>
    (lists[task] ?? [])
      .map(({ id, macs, paramCount, measurements }) => ({
        ...{ id, macs, paramCount },
        scores: measurements
          .filter(({ metric }) => metric === 'accuracy')
          .map(({ split, value, lower, upper }) => ({ split, value, lower, upper })),
      }))
      .sort((a, b) => a.id.localeCompare(b.id));
  return { run, lists, models, progress, ranked };
}

const names = ['classification', 'segmentation', 'detection'] as const;

describe('a search for several tasks', () => {
  it('has a list for each, with scores of its own measure, latency and a model', async () => {
    const { run, lists, models, progress } = world();
    const outcome = await run();
    expect(outcome).toMatchObject({ kind: 'done', summary: { trainingSteps: 10, testImages: 24 } });
    const measures = {
      classification: 'top-1 accuracy',
      segmentation: 'mIoU',
      detection: 'mAP@0.5',
    };
    for (const task of names) {
      const list = lists[task] ?? [];
      expect(list.length).toBeGreaterThan(0);
      expect(new Set(list.map(({ id }) => id)).size).toBe(list.length);
      for (const { measurements, model, macs, paramCount } of list) {
        const kinds = measurements.map(({ metric, split }) => `${metric} ${split}`);
        expect(kinds).toEqual(['accuracy validation', 'latencyMs none', 'accuracy test']);
        const [validation] = measurements;
        expect(validation?.details).toEqual({ task, measure: measures[task] });
        expect(validation?.lower).toBeLessThanOrEqual(validation?.value as number);
        expect(validation?.upper).toBeGreaterThanOrEqual(validation?.value as number);
        expect(macs).toBeGreaterThan(0);
        expect(paramCount).toBeGreaterThan(0);
        const { metadata } = readModel(models.get(model?.sha256 as string) as Uint8Array);
        expect(metadata['sextant.task']).toBe(task);
      }
    }
    const trained = progress.filter(({ phase }) => phase === 'training').at(-1);
    expect(trained?.metrics).toMatchObject({ 'loss.segmentation': expect.any(Number) });
    expect(progress.at(-1)).toMatchObject({ phase: 'done', etaSeconds: 0 });
  });

  it('that stops in its training and in its evaluation ends as one that never stopped', async () => {
    const whole = world();
    await whole.run();
    const stopped = world();
    expect(await stopped.run((calls) => (calls === 6 ? 'pause' : null))).toMatchObject({
      kind: 'stopped',
      reason: 'pause',
    });
    expect(await stopped.run((calls) => (calls === 14 ? 'drain' : null))).toMatchObject({
      kind: 'stopped',
    });
    expect(await stopped.run()).toMatchObject({ kind: 'done' });
    for (const task of names) expect(stopped.ranked(task)).toEqual(whole.ranked(task));
  });

  it('of some tasks ranks those alone, within limits', async () => {
    const free = world(specOf({ tasks: ['segmentation'] }));
    await free.run();
    const least = Math.min(...(free.lists.segmentation ?? []).map(({ macs }) => macs));
    const limits = { constraints: { maxMacs: least } };
    const { run, lists } = world(specOf({ tasks: ['segmentation'] }, limits));
    await run();
    expect(Object.keys(lists)).toEqual(['segmentation']);
    expect((lists.segmentation ?? []).every(({ macs }) => macs <= least)).toBe(true);
  });

  it('is refused before its first step where its memory may not do', async () => {
    const { run, progress } = world();
    await expect(run(undefined, 2 ** 20)).rejects.toThrow(MemoryLimitError);
    expect(progress).toEqual([]);
  });
});

describe('requireTaskSearch', () => {
  const check = (spec: SearchBy<'fbnet-v5'>, of = counted) =>
    requireTaskSearch(spec, resolveTopologySpace(spec.space), of);
  it('lets through what can be run', () => expect(() => check(specOf())).not.toThrow());
  it.each([
    ['too few scenes', specOf({ batchSize: 40 }), '/method/options/batchSize'],
    [
      'a weight of no task',
      specOf({ tasks: ['detection'], taskWeights: { segmentation: 2 } }),
      '/method/options/taskWeights/segmentation',
    ],
    [
      'colour where grey is expected',
      specOf({}, { space: { ...tinyTopologySpace, input: { channels: 3 } } }),
      '/space',
    ],
    ['devices', specOf({}, { hardware: ['pixel3'] }), '/hardware'],
  ])('refuses %s', (_, spec, pointer) => {
    const refusal = (() => {
      try {
        check(spec);
      } catch (error) {
        return error;
      }
      return null;
    })();
    expect(refusal).toBeInstanceOf(ValidationError);
    expect((refusal as ValidationError).violations[0]?.pointer).toBe(pointer);
  });
  it('refuses a limit that the smallest network breaks, and a space nobody knows', () => {
    expect(() => check(specOf({}, { constraints: { maxMacs: 10 } }))).toThrow(/the smallest has/);
    expect(() => resolveTopologySpace('big-nas')).toThrow(/scenes-small/);
  });
});
