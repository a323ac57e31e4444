/** @file Nodes of NAS-Bench-201 in places of their own, so that a place means the same in every cell. */
import { ShapeError } from '@sextant/common';

const [stages, cellsPerStage, edges, convolutionsBetween] = [3, 5, 6, 3];
const perStage = cellsPerStage * edges + convolutionsBetween;

/** Stem, per stage 5 cells × 6 edges with 3 convolutions before the next, classifier. */
export const cellNodePlaces =
  2 + stages * cellsPerStage * edges + (stages - 1) * convolutionsBetween;

const isConvolution = (operation: number): boolean => operation === 2 || operation === 3;

/** Where each convolution and linear layer of a cell's network goes, in the order of the network. */
export function cellNodeOrder(cell: readonly number[]): number[] {
  const order = [0];
  for (let stage = 0; stage < stages; stage++) {
    const start = 1 + stage * perStage;
    for (let at = 0; at < cellsPerStage * edges; at++) {
      if (isConvolution(cell[at % edges] as number)) order.push(start + at);
    }
    if (stage < stages - 1)
      for (let at = 0; at < convolutionsBetween; at++)
        order.push(start + cellsPerStage * edges + at);
  }
  order.push(cellNodePlaces - 1);
  return order;
}

/** The edge whose convolution is at a place; null: a layer that all cells have. */
function edgeOf(place: number): number | null {
  if (place === 0 || place === cellNodePlaces - 1) return null;
  const within = (place - 1) % perStage;
  return within < cellsPerStage * edges ? within % edges : null;
}

/**
 * Statistics of a cell's layers spread over the 98 places of all cells; 0 where a cell has no convolution, and on edges that are not
 * `wanted`. Differs: ParZC packs them and pads at the end, so that a place's meaning depends on the cell.
 * @throws {ShapeError} there is not one value for each layer
 */
export function alignCellNodes(
  cell: readonly number[],
  values: ArrayLike<number>,
  wanted: readonly boolean[] = cell.map(() => true),
): Float64Array {
  const order = cellNodeOrder(cell);
  if (order.length !== values.length) {
    throw new ShapeError(
      `${values.length} node statistics for the ${order.length} layers of cell ${cell.join('')}`,
    );
  }
  const out = new Float64Array(cellNodePlaces);
  order.forEach((place, at) => {
    const edge = edgeOf(place);
    if (edge === null || wanted[edge]) out[place] = values[at] as number;
  });
  return out;
}

const groupsPerStage = edges + convolutionsBetween;

/** Places once the five cells of a stage are one: stem, per stage six edges with three convolutions before the next, classifier. */
export const pooledCellPlaces = 2 + stages * edges + (stages - 1) * convolutionsBetween;

/** The pooled place of each of the 98. */
function pooledPlace(place: number): number {
  if (place === 0) return 0;
  if (place === cellNodePlaces - 1) return pooledCellPlaces - 1;
  const stage = Math.floor((place - 1) / perStage);
  const within = (place - 1) % perStage;
  const inCells = cellsPerStage * edges;
  return (
    1 + stage * groupsPerStage + (within < inCells ? within % edges : edges + within - inCells)
  );
}

/**
 * Geometric means of |v| over the cells of a stage, for each edge: of 98 aligned places, 26. Zeros do not count; 0 where all are.
 * Differs: not ParZC's. One initialisation tells the five cells apart by chance more than by merit.
 * @throws {ShapeError} there are not 98 values
 */
export function poolCellNodes(aligned: ArrayLike<number>): Float64Array {
  if (aligned.length !== cellNodePlaces) {
    throw new ShapeError(`${aligned.length} aligned node statistics, expected ${cellNodePlaces}`);
  }
  const [logs, counts] = [new Float64Array(pooledCellPlaces), new Float64Array(pooledCellPlaces)];
  for (let place = 0; place < cellNodePlaces; place++) {
    const magnitude = Math.abs(aligned[place] as number);
    if (!(magnitude > 0)) continue;
    logs[pooledPlace(place)]! += Math.log(magnitude);
    counts[pooledPlace(place)]! += 1;
  }
  return logs.map((log, at) => (counts[at]! > 0 ? Math.exp(log / counts[at]!) : 0));
}
