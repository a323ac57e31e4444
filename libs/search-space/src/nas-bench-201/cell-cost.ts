/** @file What the network of a cell costs, in closed form. */
import { ShapeError } from '@sextant/common';
import { cellOperations, requireCell, type Cell } from './cell';

/** The network around the cells; the defaults are the benchmark's for CIFAR-10. */
export interface CellNetworkScale {
  /** Height and width of the image, a multiple of 4. */
  readonly resolution?: number;
  readonly imageChannels?: number;
  /** Channels of the first of three stages; each next has twice as many. */
  readonly channels?: number;
  readonly cellsPerStage?: number;
  readonly classes?: number;
}

const stages = [0, 1, 2] as const;
const pointwise = cellOperations.indexOf('nor_conv_1x1');
const spatial = cellOperations.indexOf('nor_conv_3x3');

const count = (cell: Cell, operation: number): number =>
  cell.filter((it) => it === operation).length;

const total = (items: readonly number[], f: (item: number) => number): number =>
  items.reduce((sum, item) => sum + f(item), 0);

/**
 * Multiply–accumulates of all convolutions and the classifier for one image; 1 MAC = 2 FLOPs. C_s = C·2^s, h_s = h/2^s:
 * 9·c·C·h² (c image channels) + Σ_{s=0..2} cells·(n₁+9n₃)·C_s²·h_s² + Σ_{s=1,2} (9C_{s−1}C_s + 9C_s² + C_{s−1}C_s)·h_s² + 4C·classes,
 * n₁ and n₃ the cell's 1×1 and 3×3 convolutions, those on unreachable edges included.
 * @throws {InvalidArchitectureError} not a cell
 * @throws {ShapeError} the resolution is not a multiple of 4
 * @see Dong & Yang 2020, NAS-Bench-201, arXiv:2001.00326 §2
 */
export function cellMacs(
  cell: Cell,
  {
    resolution = 32,
    imageChannels = 3,
    channels = 16,
    cellsPerStage = 5,
    classes = 10,
  }: CellNetworkScale = {},
): number {
  requireCell(cell);
  if (!Number.isInteger(resolution / 4) || resolution < 4) {
    throw new ShapeError(
      `resolution ${resolution} cannot be halved twice: expected a multiple of 4`,
    );
  }
  const width = (stage: number): number => channels * 2 ** stage;
  const pixels = (stage: number): number => (resolution / 2 ** stage) ** 2;
  const kernels = count(cell, pointwise) + 9 * count(cell, spatial);
  const cells = total(stages, (s) => cellsPerStage * kernels * width(s) ** 2 * pixels(s));
  const reductions = total(
    stages.slice(1),
    (s) => (10 * width(s - 1) * width(s) + 9 * width(s) ** 2) * pixels(s),
  );
  const stem = 9 * imageChannels * channels * pixels(0);
  return stem + cells + reductions + width(2) * classes;
}

/**
 * Trained numbers: convolutions, scale and shift of every normalisation, the classifier with its bias:
 * 9·c·C + 2C + Σ_s cells·[n₁(C_s²+2C_s) + n₃(9C_s²+2C_s)] + Σ_{s=1,2} (10C_{s−1}C_s + 9C_s² + 4C_s) + 8C + (4C+1)·classes.
 * @throws {InvalidArchitectureError} not a cell
 * @see Dong & Yang 2020, NAS-Bench-201, arXiv:2001.00326 §2
 */
export function cellParams(
  cell: Cell,
  { imageChannels = 3, channels = 16, cellsPerStage = 5, classes = 10 }: CellNetworkScale = {},
): number {
  requireCell(cell);
  const width = (stage: number): number => channels * 2 ** stage;
  const [n1, n3] = [count(cell, pointwise), count(cell, spatial)];
  const cells = total(
    stages,
    (s) => cellsPerStage * ((n1 + 9 * n3) * width(s) ** 2 + 2 * (n1 + n3) * width(s)),
  );
  const reductions = total(
    stages.slice(1),
    (s) => 10 * width(s - 1) * width(s) + 9 * width(s) ** 2 + 4 * width(s),
  );
  const stem = 9 * imageChannels * channels + 2 * channels;
  return stem + cells + reductions + 2 * width(2) + (width(2) + 1) * classes;
}
