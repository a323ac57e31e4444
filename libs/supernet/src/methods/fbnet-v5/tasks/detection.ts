/** @file What is in an image, and a box around each thing: one stage, without anchors. */
import {
  add,
  boxOverlap,
  clip,
  div,
  exp,
  maximum,
  mul,
  reshape,
  scale,
  sigmoid,
  sigmoidFocalLoss,
  sumAll,
  toPlain,
  transpose,
  type Value,
} from '@sextant/engine';
import type { SceneTask, Values } from '../scene-task';
import { meanAveragePrecision } from './average-precision';
import { boxArea, nonMaximumSuppression, type Box, type ScoredBox } from './boxes';
import { fusedMaps, output } from './fused-maps';

export interface DetectionOptions {
  readonly classes: number;
  readonly height: number;
  readonly width: number;
  readonly headWidth?: number;
}

/** Paths 1, 2 and 3; cells are those of path 1. */
const reads: readonly number[] = [1, 2, 3];
const stride = 8;
/** Cells around a box's centre that are to find it, in cells each way. */
const centreRadius = 1;
/** Share of cells that a new head takes for objects. @see Lin et al. 2017, arXiv:1708.02002 §4.1 */
const priorProbability = 0.01;
/** Logarithms of distances in cells stay within ± this, so that a new head's boxes stay finite. */
const logDistanceLimit = 4;
const leastConfidence = 0.05;
const overlapLimit = 0.5;
const mostBoxes = 30;

/** Grid of a task's cells. */
interface Cells {
  readonly rows: number;
  readonly columns: number;
}

/** Pixels of the centre of a cell, [x, y]. */
const centreOf = (cell: number, { columns }: Cells): readonly [number, number] => [
  ((cell % columns) + 0.5) * stride,
  (Math.floor(cell / columns) + 0.5) * stride,
];

/**
 * The box that each cell is to find: the smallest of those whose centre is near and that hold the cell's centre; the cell
 * that a box's centre lies in is always among its cells.
 */
function assigned(boxes: readonly Box[], cells: Cells): ReadonlyMap<number, Box> {
  const found = new Map<number, Box>();
  const bySize = [...boxes].sort((a, b) => boxArea(b) - boxArea(a));
  for (const box of bySize) {
    const [, left, top, right, bottom] = box;
    const [x, y] = [(left + right) / 2, (top + bottom) / 2];
    for (let cell = 0; cell < cells.rows * cells.columns; cell++) {
      const [cx, cy] = centreOf(cell, cells);
      const distance = Math.max(Math.abs(cx - x), Math.abs(cy - y));
      const isInside = cx > left && cx < right && cy > top && cy < bottom;
      const isNear = isInside && distance <= centreRadius * stride;
      const holdsCentre =
        Math.floor(x / stride) === cell % cells.columns &&
        Math.floor(y / stride) === Math.floor(cell / cells.columns);
      if (isNear || holdsCentre) found.set(cell, box);
    }
  }
  return found;
}

/** A map [N,C,H,W] as rows [N·H·W, C]. */
function rowsOf(map: Value): Value {
  const [n, c, h, w] = map.type.dims as readonly [number, number, number, number];
  return reshape(transpose(toPlain(map), [0, 2, 3, 1]), [n * h * w, c]);
}

/** Boxes [M,4] around the cells of M/cells images, from distances in cells to the left, top, right and bottom. */
function boxesOf(logDistances: Value, cells: Cells): Value {
  const { graph, type } = logDistances;
  const rows = type.dims[0] as number;
  const signs = [-1, -1, 1, 1].map((sign) => sign * stride);
  const perImage = cells.rows * cells.columns;
  const centres = Float32Array.from({ length: rows * 4 }, (_, at) => {
    const centre = centreOf(Math.floor(at / 4) % perImage, cells);
    return centre[at % 2] as number;
  });
  const factors = Float32Array.from({ length: rows * 4 }, (_, at) => signs[at % 4] as number);
  return add(
    graph.constant(centres, [rows, 4]),
    mul(exp(logDistances), graph.constant(factors, [rows, 4])),
  );
}

/**
 * loss = (Σ focal(classes) + Σ m·(1 − giou)) / max(1, Σ m) with m = 1 for the cells that are to find a box, else 0.
 * @see Tian et al. 2019, FCOS, arXiv:1904.01355 §3 — Differs: one level, no centre-ness; GIoU
 */
function detectionLoss({ scores, distances }: Values, targets: Values, cells: Cells): Value {
  const { classes, boxes, isObject } = targets as Record<'classes' | 'boxes' | 'isObject', Value>;
  const one = isObject.graph.scalar(1);
  const objects = maximum(sumAll(isObject), one);
  const focal = sumAll(sigmoidFocalLoss(rowsOf(scores as Value), classes));
  const guessed = boxesOf(rowsOf(distances as Value), cells);
  const { giou } = boxOverlap(guessed, boxes);
  const misfit = sumAll(mul(isObject, add(scale(giou, -1), one)));
  return div(add(focal, misfit), objects);
}

function decodeImage(
  scores: Float32Array,
  distances: Float32Array,
  { height, width }: DetectionOptions,
  cells: Cells,
): readonly ScoredBox[] {
  const perImage = cells.rows * cells.columns;
  const boxes: ScoredBox[] = [];
  scores.forEach((confidence, at) => {
    if (confidence < leastConfidence) return;
    const [label, cell] = [Math.floor(at / perImage), at % perImage];
    const [x, y] = centreOf(cell, cells);
    const side = (which: number): number => (distances[which * perImage + cell] as number) * stride;
    const box: Box = [
      label,
      Math.max(0, x - side(0)),
      Math.max(0, y - side(1)),
      Math.min(width, x + side(2)),
      Math.min(height, y + side(3)),
    ];
    boxes.push({ box, confidence });
  });
  return nonMaximumSuppression(boxes, overlapLimit).slice(0, mostBoxes);
}

/** Boxes and their classes from the maps at 1/8 to 1/32. Score: mean average precision at an overlap of 0.5. */
export function detection(
  options: DetectionOptions,
): SceneTask<readonly Box[], readonly ScoredBox[]> {
  const { classes, height, width, headWidth = 24 } = options;
  const cells = { rows: height / stride, columns: width / stride };
  const perImage = cells.rows * cells.columns;
  return {
    name: 'detection',
    metric: 'mAP@0.5',
    reads,
    head(maps, layers) {
      const name = 'heads.detection';
      const read = reads.map((path) => maps[path] as Value) as [Value, ...Value[]];
      const fused = fusedMaps(read, name, headWidth, layers);
      const bias = -Math.log((1 - priorProbability) / priorProbability);
      const distances = output(fused, `${name}.distances`, 4, layers);
      return {
        scores: output(fused, `${name}.scores`, classes, layers, bias),
        distances: clip(distances, -logDistanceLimit, logDistanceLimit),
      };
    },
    targetDims: (batchSize) => ({
      classes: [batchSize * perImage, classes],
      boxes: [batchSize * perImage, 4],
      isObject: [batchSize * perImage, 1],
    }),
    loss: (outputs, targets) => detectionLoss(outputs, targets, cells),
    predictions: ({ scores, distances }) => ({
      scores: toPlain(sigmoid(scores as Value)),
      distances: toPlain(exp(distances as Value)),
    }),
    encode(labels) {
      const rows = labels.length * perImage;
      const of = new Float32Array(rows * classes);
      const boxes = new Float32Array(rows * 4);
      const isObject = new Float32Array(rows);
      labels.forEach((label, image) => {
        for (const [cell, [found, ...sides]] of assigned(label, cells)) {
          const row = image * perImage + cell;
          of[row * classes + found] = 1;
          boxes.set(sides, row * 4);
          isObject[row] = 1;
        }
      });
      return {
        classes: { data: of, dims: [rows, classes] },
        boxes: { data: boxes, dims: [rows, 4] },
        isObject: { data: isObject, dims: [rows, 1] },
      };
    },
    mirrored: (boxes) =>
      boxes.map(([label, left, top, right, bottom]): Box => [
        label,
        width - right,
        top,
        width - left,
        bottom,
      ]),
    decode(results) {
      const { scores, distances } = results as Record<
        'scores' | 'distances',
        { data: Float32Array; dims: readonly number[] }
      >;
      const part = (data: Float32Array, image: number, channels: number): Float32Array =>
        data.subarray(image * channels * perImage, (image + 1) * channels * perImage);
      return Array.from({ length: scores.dims[0] as number }, (_, image) =>
        decodeImage(
          part(scores.data, image, classes),
          part(distances.data, image, 4),
          options,
          cells,
        ),
      );
    },
    pseudoLabel: (predictions, least) =>
      predictions.filter(({ confidence }) => confidence >= least).map(({ box }) => box),
    score: (predictions, labels) => meanAveragePrecision(predictions, labels, classes),
  };
}
