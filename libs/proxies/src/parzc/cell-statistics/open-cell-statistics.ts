/** @file Statistics of any cell's network at initialisation: two sessions, opened once for all cells. */
import { rng, ValidationError, type Rng } from '@sextant/common';
import { Session, writeModel, type Lowerings } from '@sextant/engine';
import type { ParameterLayout } from '@sextant/networks';
import { cellEdges, type Cell } from '@sextant/search-space';
import {
  agreements,
  inputCorrelationScore,
  logDeterminant,
  meanAgreement,
} from './batch-agreement';
import type { CellGraphSizes } from './cell-graph';
import { cellWeights, flowPass, lossPass } from './cell-passes';
import { packCellRecord } from './cell-record';
import { Matrix } from 'ml-matrix';

export interface CellBatch {
  /** Raw pixels [N,3,R,R]. */
  readonly images: Uint8Array;
  /** Classes [N]. */
  readonly labels: Uint8Array;
}

export interface CellStatisticsOptions {
  readonly sizes: CellGraphSizes;
  readonly batch: CellBatch;
  /** Of the weights, which all cells share. */
  readonly seed: number;
  readonly threads: number;
  readonly lowerings: Lowerings;
}

export interface CellStatistics {
  /** The record of a cell (`cell-record.ts`); operations that no path from input to output takes count as none. */
  of(index: number, cell: Cell): Promise<Float32Array>;
  release(): Promise<void>;
}

/** Uniform in ±1/√(fan-in), as PyTorch starts convolutions and linear layers. */
function firstWeights(layout: ParameterLayout, draw: Rng): Float32Array {
  const theta = new Float32Array(layout.total);
  for (const { name, dims, offset, size } of layout.parameters) {
    const bound = 1 / Math.sqrt(size / (dims[0] as number));
    const own = draw.fork(name);
    for (let at = offset; at < offset + size; at++) theta[at] = bound * (2 * own.uniform() - 1);
  }
  return theta;
}

/** Operations on a path from the cell's input to its output; the others become none. */
export function liveOperations(cell: Cell): number[] {
  const [reached, needed] = [
    [true, false, false, false],
    [false, false, false, true],
  ];
  cellEdges.forEach(([from, to], edge) => {
    if (cell[edge] !== 0 && reached[from]) reached[to] = true;
  });
  // Edges come by the node they lead to, so from the last to the first every node is settled before it is asked for.
  [...cellEdges.keys()].reverse().forEach((edge) => {
    const [from, to] = cellEdges[edge] as (typeof cellEdges)[number];
    if (cell[edge] !== 0 && needed[to]) needed[from] = true;
  });
  return cell.map((operation, edge) => {
    const [from, to] = cellEdges[edge] as (typeof cellEdges)[number];
    return reached[from] && needed[to] ? operation : 0;
  });
}

/** How often each seen map passes through a ReLU: a node once for each convolution that reads it. */
function reluCounts(cell: Cell, { cellsPerStage }: CellGraphSizes): number[] {
  const readers = [0, 1, 2].map(
    (node) =>
      cellEdges.filter(([from], edge) => from === node && (cell[edge] === 2 || cell[edge] === 3))
        .length,
  );
  const stage = Array.from({ length: cellsPerStage }, () => readers).flat();
  return [...stage, 1, 1, ...stage, 1, 1, ...stage, 1];
}

/** Units of each seen map for one image. */
function unitCounts({ channels, resolution, cellsPerStage }: CellGraphSizes): number[] {
  const units = [0, 1, 2].map((stage) => channels * 2 ** stage * (resolution / 2 ** stage) ** 2);
  const cells = (stage: number) => new Array<number>(3 * cellsPerStage).fill(units[stage]!);
  return [
    ...cells(0),
    units[0]!,
    units[1]!,
    ...cells(1),
    units[1]!,
    units[2]!,
    ...cells(2),
    units[2]!,
  ];
}

/** Effective rank (its logarithm; 0 for no signal) and power of square covariances laid end to end. */
function spectra(covariances: Float32Array, channels: number) {
  const size = channels * channels;
  return Array.from({ length: covariances.length / size }, (_, at) => {
    const own = covariances.subarray(at * size, (at + 1) * size);
    let [trace, squares] = [0, 0];
    for (let i = 0; i < channels; i++) trace += own[i * channels + i]!;
    for (const value of own) squares += value * value;
    return {
      effectiveRank: trace > 0 ? Math.log(trace ** 2 / squares) : 0,
      power: trace / channels,
    };
  });
}

function logitSpread(logits: Float32Array, classes: number): number {
  let total = 0;
  for (let first = 0; first < logits.length; first += classes) {
    const own = logits.subarray(first, first + classes);
    const mean = own.reduce((sum, value) => sum + value, 0) / classes;
    total += own.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  }
  return total;
}

function requireBatch(
  { images, labels }: CellBatch,
  { batch, resolution, classes }: CellGraphSizes,
): void {
  const fits =
    images.length === batch * 3 * resolution ** 2 &&
    labels.length === batch &&
    labels.every((label) => label < classes);
  if (!fits) {
    throw new ValidationError(
      `cell statistics: expected ${batch} images of 3×${resolution}×${resolution} with labels below ${classes}, got ${images.length} pixels and ${labels.length} labels`,
    );
  }
}

const floats = (results: Awaited<ReturnType<Session['run']>>, name: string): Float32Array =>
  results[name]?.data as Float32Array;

/**
 * Opens both passes. Numeric work blocks: use it in a process of its own. The same seed, batch and machine give the same numbers.
 * @throws {ValidationError} the batch does not have the sizes
 */
export async function openCellStatistics({
  sizes,
  batch,
  seed,
  threads,
  lowerings,
}: CellStatisticsOptions): Promise<CellStatistics> {
  requireBatch(batch, sizes);
  const layout = cellWeights(sizes);
  const open = (graph: ReturnType<typeof lossPass>): Promise<Session> =>
    Session.create(writeModel(graph, { lowering: lowerings.known }), {
      ...{ threads, optimization: 'none', allocation: 'asNeeded' },
    });
  const loss = await open(lossPass(sizes, layout));
  const flow = await open(flowPass(sizes, layout));
  const theta = { data: firstWeights(layout, rng(seed, 'weights')), dims: [layout.total] };
  const { batch: n, resolution: r, classes } = sizes;
  const targets = new Float32Array(n * classes);
  batch.labels.forEach((label, image) => (targets[image * classes + label] = 1));
  const units = unitCounts(sizes);

  return {
    async of(index, cell) {
      const operations = liveOperations(cell);
      const architecture = { data: BigInt64Array.from(operations.map(BigInt)), dims: [6] };
      const a = await loss.run({
        image: { data: batch.images, dims: [n, 3, r, r] },
        targets: { data: targets, dims: [n, classes] },
        ...{ architecture, theta },
      });
      const ones = { data: new Uint8Array(3 * r * r).fill(255), dims: [1, 3, r, r] };
      const b = await flow.run({ image: ones, architecture, theta });
      const counts = reluCounts(operations, sizes);
      const shared = floats(a, 'shared');
      const maps = units.map((of, at) =>
        agreements(shared.subarray(at * n * n, (at + 1) * n * n), n, of),
      );
      const total = maps.reduce(
        (sum, map, at) => sum.add(Matrix.mul(map, counts[at]!)),
        Matrix.zeros(n, n),
      );
      const spectrum = [0, 1, 2].flatMap((stage) =>
        spectra(floats(a, `covariances${stage}`), sizes.channels * 2 ** stage),
      );
      const inputGradient = floats(a, 'inputGradient');
      const power = inputGradient.reduce((sum, value) => sum + value * value, 0);
      return packCellRecord({
        index: [index],
        operations: cell,
        snip: floats(a, 'snip'),
        plain: floats(a, 'plain'),
        gradSquares: floats(a, 'gradSquares'),
        synflow: floats(b, 'synflow'),
        flow: floats(b, 'flow'),
        nwot: [logDeterminant(total)],
        agreement: maps.map((map, at) => meanAgreement(map, units[at]!)),
        jacov: [inputCorrelationScore(inputGradient, n)],
        logInputGradient: [Math.log(power + 1e-30)],
        logitSpread: [logitSpread(floats(a, 'logits'), classes)],
        effectiveRank: spectrum.map((it) => it.effectiveRank),
        power: spectrum.map((it) => it.power),
        loss: floats(a, 'loss'),
      });
    },
    async release() {
      await loss.release();
      await flow.release();
    },
  };
}
