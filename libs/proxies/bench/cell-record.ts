/** @file What ParZC reads of one cell as a row of float32 numbers: computed once and kept in a file. */
import { ShapeError } from '@sextant/common';
import { reachableOperations, type Cell } from '@sextant/search-space';
import {
  cellFamily,
  nasBench201Cifar10,
  type ArchitectureScores,
  type ScoredNetwork,
} from '../src';
import { describeFamily, type Layer } from '../src/zero-cost/network/describe-network';

export const family = cellFamily(nasBench201Cifar10);
const all = describeFamily(family, [0, 0, 0, 0, 0, 0]).layers;

/** Fields in order, with their lengths. Tensors are those of all layers: both convolutions of each edge, absent ones 0. */
export const cellRecordFields = {
  /** Official number of the cell. */
  index: 1,
  operations: 6,
  /** Σ|θg|, Σθg and Σg² of each weight tensor, g the gradient of the loss. */
  snip: 188,
  plain: 188,
  gradSquares: 188,
  /** Σ|θ|·∂R/∂|θ| of each weight tensor, and R, times 16⁻¹⁵. */
  synflow: 188,
  flow: 1,
  nwot: 1,
  /** Mean share of a map's units on which two images agree: three nodes of each cell, two maps of each reduction, the last. */
  agreement: 50,
  inputCorrelation: 1,
  /** log Σ (∂loss/∂image)². */
  logInputGradient: 1,
  /** Σ over images of the logits' squared deviation from their mean. */
  logitSpread: 1,
  /** log (tr C)²/‖C‖² of the covariance C of channels at each cell's output: the logarithm of its effective rank. */
  effectiveRank: 15,
  /** tr C over the number of channels. */
  power: 15,
  /** Not read; files have it. */
  unused: 1,
} as const;

export type CellField = keyof typeof cellRecordFields;
export type CellRecord = Readonly<Record<CellField, Float32Array>>;

const fields = Object.keys(cellRecordFields) as CellField[];
export const cellRecordLength = fields.reduce((sum, field) => sum + cellRecordFields[field], 0);

/** Numbers of a record end to end. @throws {ShapeError} a field has another length */
export function packCellRecord(
  record: Readonly<Record<CellField, ArrayLike<number>>>,
): Float32Array {
  const out = new Float32Array(cellRecordLength);
  let offset = 0;
  for (const field of fields) {
    const values = record[field];
    if (values.length !== cellRecordFields[field]) {
      throw new ShapeError(
        `${field} has ${values.length} numbers, expected ${cellRecordFields[field]}`,
      );
    }
    out.set(values, offset);
    offset += values.length;
  }
  return out;
}

/** The record whose numbers these are. @throws {ShapeError} they are not as many */
export function unpackCellRecord(numbers: Float32Array): CellRecord {
  if (numbers.length !== cellRecordLength) {
    throw new ShapeError(`a record of ${numbers.length} numbers, expected ${cellRecordLength}`);
  }
  let offset = 0;
  const entries = fields.map((field) => {
    const start = offset;
    offset += cellRecordFields[field];
    return [field, numbers.subarray(start, offset)] as const;
  });
  return Object.fromEntries(entries) as Record<CellField, Float32Array>;
}

/** What the flow is stored in: 16 for each cell, lest it leave the range of float32. */
const logFlowUnit = 15 * Math.log(16);
/** Of images that nothing tells apart, nwot is log of a determinant of eigenvalues 10⁻⁶. */
const leastNwot = 16 * Math.log(1e-6);

/** Of the outputs of stem, cells and reductions, those of cells. */
const ofCells = (blocks: ArrayLike<number>): number[] =>
  Array.from(blocks).filter((_, at) => at % 6 !== 0);

/** Node statistics of all layers, those that the cell has not 0; a layer's sum from the mean that its node is. */
function ofTensors(
  { layers, nodes }: ArchitectureScores,
  name: 'snip' | 'plain' | 'grad_norm' | 'synflow',
  value: (node: number, layer: Layer) => number,
): Float64Array {
  const at = new Map(layers.map((layer, place) => [layer, place]));
  return Float64Array.from(all, (layer) => {
    const place = at.get(layer.name);
    return place === undefined ? 0 : value(nodes[name]?.[place] ?? 0, layer);
  });
}

/** Of `scored`, the cell's operations that are on a path, by `parzcProxies` on 16 images. */
export function cellRecord(index: number, cell: Cell, scored: ArchitectureScores): Float32Array {
  const { scores, nodes } = scored;
  const sum = (node: number, { size }: Layer): number => node * size;
  return packCellRecord({
    index: [index],
    operations: cell,
    snip: ofTensors(scored, 'snip', sum),
    plain: ofTensors(scored, 'plain', sum),
    gradSquares: ofTensors(scored, 'grad_norm', (norm) => norm ** 2),
    synflow: ofTensors(scored, 'synflow', (node, { size }) => node * size * Math.exp(-logFlowUnit)),
    flow: [Math.exp((scores.flow ?? -Infinity) - logFlowUnit)],
    nwot: [scores.nwot ?? leastNwot],
    agreement: nodes.agreement ?? [],
    inputCorrelation: [scores.input_correlation ?? Number.NaN],
    logInputGradient: [scores.input_gradient ?? Number.NaN],
    logitSpread: [scores.logit_spread ?? Number.NaN],
    effectiveRank: ofCells(nodes.effective_rank ?? []).map(Math.log),
    power: ofCells(nodes.power ?? []),
    unused: [0],
  });
}

const total = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0);

/** log x; NaN, a failed score, where there is nothing to take it of. */
const logOf = (x: number): number => (x > 0 ? Math.log(x) : Number.NaN);

/** Blocks of a network whose cells' these are; stem and reductions are not kept. */
const asBlocks = (cells: readonly number[]): number[] =>
  cells.flatMap((value, at) => (at % 5 === 0 ? [Number.NaN, value] : [value]));

export interface RecordedCell {
  readonly index: number;
  /** Its operations that are on a path from input to output. */
  readonly cell: readonly number[];
  readonly scored: ScoredNetwork;
}

/** What the scorer said of the cell of a record. */
export function recordedCell(numbers: Float32Array): RecordedCell {
  const record = unpackCellRecord(numbers);
  const cell = reachableOperations(Array.from(record.operations));
  const present = [...all.keys()].filter((at) => family.has(cell, `${all[at]!.name}.weight`));
  const means = (sums: Float32Array): Float64Array =>
    Float64Array.from(present, (at) => sums[at]! / all[at]!.size);
  const norms = Float64Array.from(present, (at) => Math.sqrt(record.gradSquares[at]!));
  const scores = {
    grad_norm: total(norms),
    snip: total(record.snip),
    plain: total(record.plain),
    synflow: logOf(total(record.synflow)) + logFlowUnit,
    flow: logOf(record.flow[0]!) + logFlowUnit,
    nwot: record.nwot[0]!,
    input_correlation: record.inputCorrelation[0]!,
    input_gradient: record.logInputGradient[0]!,
    logit_spread: record.logitSpread[0]!,
  };
  const nodes = {
    ...{ grad_norm: norms, snip: means(record.snip), synflow: means(record.synflow) },
    agreement: record.agreement,
    effective_rank: asBlocks(Array.from(record.effectiveRank, Math.exp)),
    power: asBlocks(Array.from(record.power)),
  };
  return { index: record.index[0]!, cell, scored: { scores, nodes } };
}
