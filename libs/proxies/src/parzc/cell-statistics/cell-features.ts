/** @file A cell's record as what predictors read. */
import { cellMacs, cellOneHot, cellParams } from '@sextant/search-space';
import type { ParameterLayout } from '@sextant/networks';
import type { ArchitectureFeatures } from '../../predictors/architecture-features';
import { alignCellNodes, poolCellNodes } from '../features/cell-nodes';
import { flowDivisor } from './cell-passes';
import { unpackCellRecord, type CellRecord } from './cell-record';
import { liveOperations } from './open-cell-statistics';

/** The weight tensors that a cell has, in the order of the network. */
function tensorsOf(cell: readonly number[], layout: ParameterLayout): number[] {
  return [...layout.parameters.keys()].filter((at) => {
    const [, edge, kernel] = /e(\d)\.k(\d)$/.exec(layout.parameters[at]!.name) ?? [];
    return edge === undefined || cell[Number(edge)] === (kernel === '1' ? 2 : 3);
  });
}

/** Node statistics as ParZC takes them: a mean over the weights of each layer that the cell has (grad_norm: the norm). */
function nodeStatistics(record: CellRecord, cell: readonly number[], layout: ParameterLayout) {
  const present = tensorsOf(cell, layout);
  const mean = (sums: Float32Array): Float64Array =>
    Float64Array.from(present, (at) => sums[at]! / layout.parameters[at]!.size);
  return {
    grad_norm: Float64Array.from(present, (at) => Math.sqrt(record.gradSquares[at]!)),
    snip: mean(record.snip),
    synflow: mean(record.synflow),
  };
}

const total = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0);

/** Every cell's output is divided once more by the time it leaves the network. */
const logFlowScale = (cells: number): number => cells * Math.log(flowDivisor);

/** log x; NaN, a failed score, where there is nothing to take it of. */
const logOf = (x: number): number => (x > 0 ? Math.log(x) : Number.NaN);

/** Scores over the whole network. Those with a logarithm are so in the record, or would overflow without. */
function scoresOf(record: CellRecord, norms: Float64Array): Record<string, number> {
  const ranks = Array.from(record.effectiveRank);
  const perStage = ranks.length / 3;
  const stage = (at: number): number => total(ranks.slice(at * perStage, (at + 1) * perStage));
  const steps = ranks.slice(1).map((rank, at) => rank - ranks[at]!);
  return {
    grad_norm: total(norms),
    snip: total(record.snip),
    plain: total(record.plain),
    synflow: logOf(total(record.synflow)) + logFlowScale(ranks.length),
    flow: logOf(record.flow[0]!) + logFlowScale(ranks.length),
    nwot: record.nwot[0]!,
    jacob_cov: record.jacov[0]!,
    input_gradient: record.logInputGradient[0]!,
    logit_spread: record.logitSpread[0]!,
    expressivity_1: stage(0),
    expressivity_2: stage(1),
    expressivity_3: stage(2),
    expressivity: total(ranks),
    progressivity: Math.min(...steps),
  };
}

export interface CellFeatures {
  readonly index: number;
  /** What we read by default: nodes pooled to one cell a stage, and maps inside and behind the cells. */
  readonly features: ArchitectureFeatures;
  /** What the paper reads: packed node statistics, padded at the end by the profile. */
  readonly paper: ArchitectureFeatures;
}

/**
 * Both kinds of features of a cell. Costs are those of the operations that count, so cells of one class have one vector.
 * `layout` is `cellWeights` of the sizes that the record was made with.
 */
export function cellFeatures(numbers: Float32Array, layout: ParameterLayout): CellFeatures {
  const record = unpackCellRecord(numbers);
  const cell = liveOperations(Array.from(record.operations));
  const packed = nodeStatistics(record, cell, layout);
  const pooled = Object.fromEntries(
    Object.entries(packed).map(([name, values]) => [
      name,
      poolCellNodes(alignCellNodes(cell, values)),
    ]),
  );
  const known = {
    macs: cellMacs(cell),
    paramCount: cellParams(cell),
    scores: scoresOf(record, packed.grad_norm),
  };
  return {
    index: record.index[0]!,
    features: {
      ...known,
      encoding: cellOneHot(cell),
      nodes: {
        ...pooled,
        agreement: record.agreement,
        effective_rank: record.effectiveRank.map(Math.exp),
        power: record.power,
      },
    },
    paper: { ...known, encoding: [], nodes: packed },
  };
}
