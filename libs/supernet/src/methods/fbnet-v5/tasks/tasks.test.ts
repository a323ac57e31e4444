import { describe, expect, it } from 'vitest';
import { averagePrecision, meanAveragePrecision } from './average-precision';
import { intersectionOverUnion, nonMaximumSuppression, type Box, type ScoredBox } from './boxes';
import { classification } from './classification';
import { detection } from './detection';
import { ignoredPixel, meanIntersectionOverUnion } from './mean-iou';
import { segmentation } from './segmentation';

const scored = (box: Box, confidence: number): ScoredBox => ({ box, confidence });

describe('boxes', () => {
  it('overlap by area', () => {
    expect(intersectionOverUnion([0, 0, 0, 4, 4], [1, 2, 0, 6, 4])).toBeCloseTo(8 / 24, 12);
    expect(intersectionOverUnion([0, 0, 0, 4, 4], [0, 4, 0, 8, 4])).toBe(0);
    expect(intersectionOverUnion([0, 1, 1, 1, 1], [0, 1, 1, 1, 1])).toBe(0);
  });

  it('are kept once a class, the surest first', () => {
    const boxes = [
      scored([0, 0, 0, 10, 10], 0.6),
      scored([0, 1, 0, 10, 10], 0.9),
      scored([1, 0, 0, 10, 10], 0.5),
      scored([0, 8, 0, 18, 10], 0.4),
    ];
    expect(nonMaximumSuppression(boxes, 0.5).map(({ confidence }) => confidence)).toEqual([
      0.9, 0.5, 0.4,
    ]);
  });
});

describe('average precision', () => {
  const truths: Box[][] = [[[0, 0, 0, 10, 10]], [[0, 0, 0, 10, 10]]];

  it('is the area under the curve, a second guess at one box being wrong', () => {
    const guesses = [
      [scored([0, 0, 0, 10, 10], 0.9), scored([0, 0, 0, 10, 9], 0.8)],
      [scored([0, 0, 0, 10, 10], 0.7)],
    ];
    // Right, wrong, right: precision 1 at recall 1/2, 2/3 at recall 1.
    expect(averagePrecision(guesses, truths, 0.5)).toBeCloseTo(0.5 + 0.5 * (2 / 3), 12);
    expect(meanAveragePrecision(guesses, truths, 3)).toBeCloseTo(5 / 6, 12);
  });

  it('is 1 for what is there, 0 for what is elsewhere, and nothing where there is no box', () => {
    const perfect = truths.map((boxes) => boxes.map((box) => scored(box, 0.5)));
    expect(averagePrecision(perfect, truths, 0.5)).toBe(1);
    const elsewhere = truths.map(() => [scored([0, 20, 20, 30, 30], 0.5)]);
    expect(averagePrecision(elsewhere, truths, 0.5)).toBe(0);
    expect(averagePrecision(perfect, [[], []], 0.5)).toBeNull();
    expect(meanAveragePrecision(perfect, [[], []], 3)).toBe(0);
  });
});

describe('mean intersection over union', () => {
  it('is over classes that occur, without pixels of which nothing is known', () => {
    const truth = Uint8Array.of(0, 0, 1, 1, ignoredPixel);
    const guess = Uint8Array.of(0, 1, 1, 1, 2);
    expect(meanIntersectionOverUnion([guess], [truth], 3)).toBeCloseTo((1 / 2 + 2 / 3) / 2, 12);
  });
});

describe('classification', () => {
  const task = classification({ classes: 3, labelSmoothing: 0.3 });

  it('smooths labels, and has no target where nothing is known', () => {
    const { data } = task.encode([1, null])['probabilities'] ?? { data: [] };
    [0.1, 0.8, 0.1, 0, 0, 0].forEach((value, at) => expect(data[at]).toBeCloseTo(value, 6));
  });

  it('tells the most probable class, and keeps it as a label where it is sure', () => {
    const data = Float32Array.of(0.2, 0.5, 0.3, 0.8, 0.1, 0.1);
    const predictions = task.decode({ probabilities: { data, dims: [2, 3] } });
    expect(predictions.map(({ label }) => label)).toEqual([1, 0]);
    expect(predictions.map((it) => task.pseudoLabel(it, 0.6))).toEqual([null, 0]);
    expect(task.score(predictions, [1, 2])).toBe(0.5);
  });
});

describe('segmentation', () => {
  const task = segmentation({ classes: 2, height: 4, width: 8 });

  it('has the share of each class among the known pixels of a cell as its target', () => {
    const label = new Uint8Array(32);
    label.fill(1, 0, 4);
    label.fill(ignoredPixel, 8, 12);
    const { shares, known } = task.encode([label]);
    expect(known?.data).toEqual(Float32Array.of(0.75, 1));
    [8 / 12, 1, 4 / 12, 0].forEach((share, at) => expect(shares?.data[at]).toBeCloseTo(share, 6));
  });

  it('is mirrored row by row, and ignores pixels it is not sure of', () => {
    const label = Uint8Array.from({ length: 32 }, (_, at) => Number(at % 8 === 0));
    expect([...task.mirrored(label).subarray(0, 8)]).toEqual([0, 0, 0, 0, 0, 0, 0, 1]);
    const read = Buffer.from(label);
    task.mirrored(read);
    expect([...read]).toEqual([...label]);
    const data = Float32Array.from({ length: 64 }, (_, at) => (at === 0 ? 0.45 : 0.55));
    const [prediction] = task.decode({ probabilities: { data, dims: [32, 2] } });
    expect(prediction && [...task.pseudoLabel(prediction, 0.5)].slice(0, 2)).toEqual([1, 0]);
    expect(prediction && task.pseudoLabel(prediction, 0.6)[5]).toBe(ignoredPixel);
  });
});

describe('detection', () => {
  const task = detection({ classes: 2, height: 32, width: 32 });
  const box: Box = [1, 6, 6, 26, 18];

  it('lets the cells around a box’s centre find it, the smaller box where two meet', () => {
    const { isObject, classes } = task.encode([[box, [0, 14, 10, 18, 14]]]);
    const cells = [...(isObject?.data as Float32Array)].flatMap((on, at) => (on === 1 ? [at] : []));
    // Centres 12 and 20 lie within 8 of (16, 12) both ways; the small box holds cell 6, where its centre lies.
    expect(cells).toEqual([5, 6]);
    expect(classes?.data.slice(2 * 5, 2 * 5 + 4)).toEqual(Float32Array.of(0, 1, 1, 0));
  });

  it('finds a box too small to hold a cell’s centre', () => {
    const { isObject } = task.encode([[[0, 9, 9, 11, 11]]]);
    expect((isObject?.data as Float32Array)[5]).toBe(1);
  });

  it('decodes distances in cells around a cell’s centre, inside the image', () => {
    const [scores, distances] = [new Float32Array(2 * 16), new Float32Array(4 * 16)];
    scores[16 + 5] = 0.8;
    [0.75, 0.75, 9, 0.75].forEach((value, which) => (distances[which * 16 + 5] = value));
    const [found] = task.decode({
      scores: { data: scores, dims: [1, 2, 4, 4] },
      distances: { data: distances, dims: [1, 4, 4, 4] },
    });
    expect(found).toHaveLength(1);
    expect(found?.[0]?.box).toEqual([1, 6, 6, 32, 18]);
    expect(task.pseudoLabel(found ?? [], 0.9)).toEqual([]);
  });

  it('is mirrored left to right', () => {
    expect(task.mirrored([box])).toEqual([[1, 6, 6, 26, 18]]);
    expect(task.mirrored([[0, 0, 1, 4, 5]])).toEqual([[0, 28, 1, 32, 5]]);
  });
});
