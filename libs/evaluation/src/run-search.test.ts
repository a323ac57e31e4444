import { createHash } from 'node:crypto';
import {
  InfeasibleConstraintError,
  InvalidSearchSpaceError,
  MemoryLimitError,
  UnsupportedSearchSpaceError,
  ValidationError,
} from '@sextant/common';
import {
  CreateSearch,
  type EvaluatedCandidate,
  type MbconvArchitecture,
  type Progress,
  type SearchBy,
  type StopReason,
  type SupernetMethodName,
} from '@sextant/contracts';
import { portableLowerings, readModel } from '@sextant/engine';
import type { AnySpace } from '@sextant/supernet';
import {
  tinyFormat,
  tinyImages,
  tinyPathSpace,
  tinySpace,
  tinyTransformer,
} from '@sextant/supernet/testing';
import { describe, expect, it } from 'vitest';
import { requireRunnable, resolveSpace, resolveSupernetSpace, runSearch, wilsonInterval } from '.';

const dataset = {
  ...tinyFormat,
  id: 'tiny',
  sha256: 'f'.repeat(64),
  classes: ['a', 'b', 'c'],
  train: tinyImages(120),
  test: tinyImages(60, 2),
};
const specOf = (method: object, space: AnySpace = tinySpace) =>
  CreateSearch.parse({
    dataset: 'tiny',
    space,
    method,
    evaluation: { candidates: 6, calibrationImages: 64 },
    seed: 5,
  }) as SearchBy<SupernetMethodName>;
const spec = specOf({
  name: 'big-nas',
  options: { epochs: 3, batchSize: 16, checkpointSeconds: 1 },
});

/** Everything a run leaves behind, in memory. */
function world(of = spec) {
  const models = new Map<string, Uint8Array>();
  const candidates = new Map<string, EvaluatedCandidate>();
  const progress: Progress[] = [];
  let checkpoint: Uint8Array | null = null;
  let clock = 0;
  const run = (
    stopAt: (calls: number) => StopReason | null = () => null,
    memoryLimitBytes = 2 ** 30,
  ) => {
    let calls = 0;
    return runSearch(
      {
        spec: of,
        space: resolveSupernetSpace(of.space),
        dataset,
        checkpoint,
        done: [...candidates.values()],
        machine: { threads: 1, memoryLimitBytes, device: 'test', runtime: 'test' },
        lowerings: portableLowerings,
      },
      {
        nowMs: () => (clock += 400),
        today: () => '2026-01-01T00:00:00.000Z',
        onProgress: (p) => progress.push(p),
        onCandidates: (list) => list.forEach((c) => candidates.set(c.id, c)),
        saveCheckpoint: (bytes) => {
          checkpoint = bytes.slice();
          return Promise.resolve();
        },
        saveModel: (bytes) => {
          const sha256 = createHash('sha256').update(bytes).digest('hex');
          models.set(sha256, bytes);
          return Promise.resolve({ sha256, bytes: bytes.length });
        },
        loadModel: (sha256) => Promise.resolve(models.get(sha256)!),
        stopRequested: () => Promise.resolve(stopAt(calls++)),
      },
    );
  };
  const ranked = () =>
    [...candidates.values()]
      .map(({ id, model, measurements }) => ({
        id,
        sha256: model!.sha256,
        accuracies: measurements
          .filter(({ metric }) => metric === 'accuracy')
          .map(({ split, value }) => [split, value]),
      }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  return { run, ranked, progress, candidates, models };
}

describe('runSearch', () => {
  it('R5, R17: gives the same models and accuracies whether or not it was stopped on the way', async () => {
    const straight = world();
    expect(await straight.run()).toMatchObject({
      kind: 'done',
      summary: { candidates: 6, testImages: 60 },
    });

    const broken = world();
    for (const calls of [7, 11, 8, 7]) {
      const outcome = await broken.run((call) => (call >= calls ? 'drain' : null));
      expect(outcome.kind).toBe('stopped');
    }
    expect(await broken.run()).toMatchObject({ kind: 'done' });
    expect(broken.ranked()).toEqual(straight.ranked());
  });

  it('by proxyless-nas trains and measures the one network it finds, the same one after a stop', async () => {
    const epochs = { warmUpEpochs: 1, searchEpochs: 2, trainingEpochs: 2, architectureEvery: 1 };
    const options = { ...epochs, batchSize: 16, architectureFraction: 0.3, checkpointSeconds: 1 };
    const search = specOf({ name: 'proxyless-nas', options }, tinyPathSpace);
    const straight = world(search);
    expect(await straight.run()).toMatchObject({ kind: 'done', summary: { candidates: 1 } });
    const [found] = straight.candidates.values();
    const fidelities = found!.measurements.map(({ metric, fidelity }) => [metric, fidelity]);
    expect(fidelities).toContainEqual(['accuracy', 'trained']);
    const said = straight.progress.flatMap(({ metrics }) => Object.keys(metrics ?? {}));
    expect(new Set(said)).toEqual(new Set(['expectedCost', 'entropy', 'architectureLoss']));

    const broken = world(search);
    for (const calls of [4, 9]) {
      expect((await broken.run((call) => (call >= calls ? 'drain' : null))).kind).toBe('stopped');
    }
    expect(await broken.run()).toMatchObject({ kind: 'done' });
    expect(broken.ranked()).toEqual(straight.ranked());
  }, 60_000);

  it.each([
    ['inverted residuals', tinySpace, 'stages'],
    ['vision transformers', tinyTransformer, 'embedding'],
  ] as const)(
    'by shift-nas gives %s of several costs, the same ones after a stop, and tells how costs were drawn',
    async (_, space, field) => {
      const bins = { bins: 4, shiftEvery: 2, shiftAfter: 0, generatorWarmUpSteps: 150 };
      const options = { epochs: 3, batchSize: 16, checkpointSeconds: 1, ...bins };
      const shift = specOf({ name: 'shift-nas', options }, space);
      const straight = world(shift);
      const outcome = await straight.run();
      expect(outcome).toMatchObject({ kind: 'done', summary: { candidates: 6 } });
      const { summary } = outcome as Extract<typeof outcome, { kind: 'done' }>;
      expect(summary.shifts?.length).toBeGreaterThan(4);
      for (const { architecture } of straight.candidates.values()) {
        expect(architecture).toHaveProperty(field);
      }
      const training = straight.progress.filter(({ phase }) => phase === 'training').at(-1);
      expect(Object.keys(training?.metrics ?? {})).toContain('probability.3');

      const broken = world(shift);
      for (const calls of [5, 9]) {
        expect((await broken.run((call) => (call >= calls ? 'drain' : null))).kind).toBe('stopped');
      }
      expect(await broken.run()).toMatchObject({ kind: 'done' });
      expect(broken.ranked()).toEqual(straight.ranked());
    },
  );

  it('measures every candidate once each way and reports its phases in order', async () => {
    const { run, candidates, progress } = world();
    await run();
    for (const { measurements, model } of candidates.values()) {
      expect(measurements.map(({ metric, split }) => `${metric} ${split}`)).toEqual([
        'accuracy validation',
        'latencyMs none',
        'accuracy test',
      ]);
      expect(model).not.toBeNull();
    }
    const phases = progress
      .map(({ phase }) => phase)
      .filter((phase, at, all) => phase !== all[at - 1]);
    expect(phases).toEqual(['training', 'evaluating', 'measuring', 'testing', 'done']);
    expect(progress.at(-1)!.bestSoFar).not.toBeNull();
  });

  it('writes into every model how to feed it, how good it is and where it comes from', async () => {
    const { run, candidates, models } = world();
    await run();
    for (const { id, model, measurements, architecture, macs, paramCount } of candidates.values()) {
      const { metadata, producer, opsets, inputs } = readModel(models.get(model!.sha256)!);
      expect(producer).toBe('sextant 0.1.0');
      expect(opsets['']).toBe(17);
      expect(inputs).toMatchObject([{ name: 'image', elementType: 'uint8' }]);
      const read = (key: string): unknown => JSON.parse(metadata[`sextant.${key}`]!);
      expect(metadata).toMatchObject({
        'sextant.candidate': id,
        'sextant.macs': String(macs),
        'sextant.parameters': String(paramCount),
        'sextant.dataset': 'tiny',
        'sextant.datasetSha256': dataset.sha256,
        'sextant.seed': '5',
      });
      expect(read('classes')).toEqual(['a', 'b', 'c']);
      expect(read('architecture')).toEqual(architecture);
      expect(read('space')).toEqual(tinySpace);
      expect(read('method')).toEqual(spec.method);
      const { value, lower, upper, n } = measurements[0]!;
      expect(read('accuracy')).toMatchObject({ value, lower, upper, n, split: 'validation' });
      expect(read('preprocessing')).toMatchObject({
        size: [2, 12, 12],
        mean: tinyFormat.mean,
        standardDeviation: tinyFormat.standardDeviation,
        resizedTo: Array(2).fill((architecture as MbconvArchitecture).resolution),
      });
    }
  });

  it('cancels within one step and stores no checkpoint for it', async () => {
    const { run, progress } = world();
    expect(await run((call) => (call === 3 ? 'cancel' : null))).toEqual({
      kind: 'stopped',
      reason: 'cancel',
    });
    expect(progress).toHaveLength(3);
  });

  it.each([
    ['before a child is calibrated', 0, 'evaluating', 0],
    ['between its calibration and its validation', 1, 'evaluating', 0],
    ['in the middle of the second child', 3, 'evaluating', 1],
    ['between two timed runs', 2 * 6 + 30, 'measuring', 6],
    ['before the second test', 2 * 6 + 60 * 6 + 1, 'testing', 6],
  ])('stops %s', async (_where, callsAfterTraining, phase, stored) => {
    const { run, progress, candidates } = world();
    const trainingSteps = 18;
    const at = trainingSteps + callsAfterTraining;
    expect(await run((call) => (call === at ? 'cancel' : null))).toEqual({
      kind: 'stopped',
      reason: 'cancel',
    });
    expect(candidates.size).toBe(stored);
    const begun = progress.filter((it) => it.phase === phase).length;
    expect(begun).toBe({ evaluating: stored, measuring: 0, testing: 1 }[phase]);
  });

  it('fails at once where it may need more memory than it has', async () => {
    const { run, progress } = world();
    const failure: unknown = await run(() => null, 100 * 2 ** 20).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(MemoryLimitError);
    const { permanent, message, predictedBytes } = failure as MemoryLimitError;
    expect(permanent).toBe(true);
    expect(predictedBytes).toBeGreaterThan(100 * 2 ** 20);
    expect(message).toContain('has 100 MiB: lower batchSize (16)');
    expect(message).toContain('SEXTANT_MEMORY_LIMIT_MB');
    expect(progress).toEqual([]);
  });
});

describe('requests that cannot run', () => {
  const shape = {
    id: 'tiny',
    channels: 2,
    height: 8,
    width: 8,
    classes: ['a', 'b', 'c'],
    trainCount: 120,
  };
  it('are refused with the reason and the place', () => {
    expect(() => requireRunnable(spec, tinySpace, shape)).not.toThrow();
    expect(() => requireRunnable(spec, tinySpace, { ...shape, channels: 1 })).toThrow(
      ValidationError,
    );
    expect(() => requireRunnable(spec, tinySpace, { ...shape, classes: ['a'] })).toThrow(
      /tells 3 classes apart/,
    );
    expect(() => requireRunnable(spec, tinySpace, { ...shape, trainCount: 10 })).toThrow(
      /fewer than one batch/,
    );
    expect(() =>
      requireRunnable({ ...spec, constraints: { maxMacs: 5 } }, tinySpace, shape),
    ).toThrow(InfeasibleConstraintError);
    expect(() => requireRunnable(spec, resolveSpace('attentive-nas'), shape)).toThrow(
      UnsupportedSearchSpaceError,
    );
    const fitting = { ...shape, height: 12, width: 12 };
    expect(() => requireRunnable(spec, tinyTransformer, fitting)).toThrow(
      UnsupportedSearchSpaceError,
    );
    const shift = specOf({ name: 'shift-nas', options: { batchSize: 16 } }, tinyTransformer);
    expect(() => requireRunnable(shift, tinyTransformer, fitting)).not.toThrow();
    const limited = { ...shift, constraints: { maxParams: 10 } };
    expect(() => requireRunnable(limited, tinyTransformer, fitting)).toThrow(/smallest has/);
    expect(resolveSupernetSpace('vit-fashion-mnist-v1')).toMatchObject({ family: 'transformer' });
    expect(() => resolveSupernetSpace('nothing')).toThrow(/vit-fashion-mnist-v1/);
    expect(() => resolveSpace('nothing')).toThrow(InvalidSearchSpaceError);
    try {
      resolveSpace({ ...tinySpace, classes: 1 });
      expect.unreachable();
    } catch (error) {
      expect((error as InvalidSearchSpaceError).violations[0]!.pointer).toBe('/space/classes');
    }
  });
});

describe('wilsonInterval', () => {
  it.each([
    [0, 10, 0, 0.2775],
    [5, 10, 0.2366, 0.7634],
    [10, 10, 0.7225, 1],
    [870, 1000, 0.8477, 0.8895],
  ])('%i of %i is %f to %f', (k, n, lower, upper) => {
    const interval = wilsonInterval(k, n);
    expect(interval.lower).toBeCloseTo(lower, 3);
    expect(interval.upper).toBeCloseTo(upper, 3);
  });
});
