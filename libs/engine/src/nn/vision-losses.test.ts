import { ValidationError } from '@sextant/common';
import { describe, expect, it } from 'vitest';
import { describeGradients, expectLiterals, gradientOf, type GradientCase } from '../../testing';
import type { Float64Tensor } from '../graph/float64-tensor';
import { Graph } from '../graph/graph';
import { feature, plain, type Value } from '../graph/value';
import { concat } from '../ops/concat';
import { boxOverlap, sigmoidFocalLoss, smoothL1 } from './detection-losses';
import { diceLoss, pixelCrossEntropy } from './segmentation-losses';

const map = feature([2, 3, 2, 2]);
const overlap = ({ a, b }: Record<string, Value>): Value => {
  const { iou, giou } = boxOverlap(a!, b!);
  return concat([iou, giou], 1);
};

/** Positive masks and targets; boxes whose corners are in order and differ. */
const prepare = (name: string, x: Float64Tensor): Float64Tensor => {
  if (name === 't' || name === 'm') return { ...x, data: x.data.map((v) => v * v + 0.3) };
  if (name !== 'a' && name !== 'b') return x;
  const corner = (v: number, at: number): number => (at % 4 < 2 ? 0.1 * v : 2 + 0.3 * v);
  return { ...x, data: x.data.map(corner) };
};

const cases: Record<string, GradientCase> = {
  pixelCrossEntropy: {
    prepare,
    inputs: { x: map, t: map, m: plain([8]) },
    build: ({ x, t, m }) => pixelCrossEntropy(x!, t!, m!),
  },
  diceLoss: {
    prepare,
    inputs: { x: map, t: map, m: plain([8]) },
    build: ({ x, t, m }) => diceLoss(x!, t!, m!),
  },
  sigmoidFocalLoss: {
    prepare,
    inputs: { x: plain([2, 4]), t: plain([2, 4]) },
    build: ({ x, t }) => sigmoidFocalLoss(x!, t!),
  },
  'sigmoidFocalLoss, second order': {
    prepare,
    inputs: { x: plain([4]), t: plain([4]) },
    build: gradientOf(({ x, t }) => sigmoidFocalLoss(x!, t!, 0.5)),
  },
  smoothL1: {
    inputs: { x: plain([12]), target: plain([12]) },
    build: ({ x, target }) => smoothL1(x!, target!, 0.8),
  },
  boxOverlap: { prepare, inputs: { a: plain([4, 4]), b: plain([4, 4]) }, build: overlap },
  'boxOverlap, second order': {
    prepare,
    inputs: { a: plain([2, 4]), b: plain([2, 4]) },
    build: gradientOf(overlap),
  },
};
describeGradients(cases);

describe('losses of dense tasks', () => {
  it('segmentation: masked pixels do not count; a perfect map costs nothing', async () => {
    const scores = { type: feature([1, 2, 1, 2]), data: [20, 0, -20, 0] };
    const targets = { type: feature([1, 2, 1, 2]), data: [1, 1, 0, 0] };
    await expectLiterals(
      { scores, targets, first: [1, 0], both: [1, 1], none: [0, 0] },
      ({ scores, targets, first, both, none }) => ({
        masked: pixelCrossEntropy(scores!, targets!, first!),
        counted: pixelCrossEntropy(scores!, targets!, both!),
        empty: pixelCrossEntropy(scores!, targets!, none!),
        // class 0: (2·1 + 1)/(1 + 1 + 1) = 1; class 1: (0 + 1)/(0 + 0 + 1) = 1
        'dice masked': diceLoss(scores!, targets!, first!),
        // class 0: (2·1.5 + 1)/(1.5 + 2 + 1) = 8/9; class 1: 1/(0.5 + 1) = 2/3
        'dice counted': diceLoss(scores!, targets!, both!),
      }),
      {
        masked: [0],
        counted: [Math.LN2 / 2],
        empty: [0],
        'dice masked': [0],
        'dice counted': [1 - (8 / 9 + 2 / 3) / 2],
      },
    );
  });

  it('detection: hand-worked focal loss, smooth L1 and overlaps; finite far out', async () => {
    const quarter = 0.25 * Math.LN2;
    await expectLiterals(
      {
        logits: [0, 0, 60, -60],
        targets: [1, 0, 1, 0],
        x: [0.5, 3],
        y: [0, 0],
        a: { type: plain([3, 4]), data: [0, 0, 2, 2, 0, 0, 1, 1, 0, 0, 0, 0] },
        b: { type: plain([3, 4]), data: [1, 0, 3, 2, 2, 0, 3, 1, 0, 0, 0, 0] },
      },
      ({ logits, targets, x, y, a, b }) => ({
        focal: sigmoidFocalLoss(logits!, targets!),
        distance: smoothL1(x!, y!),
        ...boxOverlap(a!, b!),
      }),
      {
        focal: [0.25 * quarter, 0.75 * quarter, 0, 0],
        distance: [0.125, 2.5],
        iou: [1 / 3, 0, 0],
        // Row 2: union 2 of an enclosing 3×1; row 3: nothing at all.
        giou: [1 / 3, -1 / 3, 0],
      },
    );
  });

  it('refuse parameters outside their range', () => {
    const graph = new Graph();
    const x = graph.input('x', plain([2]));
    expect(() => sigmoidFocalLoss(x, x, 1.5)).toThrow(ValidationError);
    expect(() => smoothL1(x, x, 0)).toThrow(ValidationError);
  });
});
