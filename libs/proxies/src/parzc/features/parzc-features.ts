/** @file From what is known of architectures to the rows that MABN reads. */
import { ShapeError } from '@sextant/common';
import type { ArchitectureFeatures } from '../../predictors/architecture-features';
import {
  scoreColumns,
  scoreRow,
  standardised,
  standardScaling,
  type Scaling,
  type ScoreColumns,
} from '../../predictors/columns';
import { nodeProfile, type Profile } from './node-profile';
import type { NodeSpace } from './node-space';

export interface ParzcFeatures {
  /** Node statistics to read and how; empty: none. `min-max` is the paper's. */
  readonly profiles: readonly Profile[];
  /** MACs, parameters and the scores of proxies, by their logarithm where their range is wide. Differs: not ParZC's. */
  readonly scores: boolean;
  /** The architecture's own encoding. Differs: not ParZC's, though its best published models read the graph. */
  readonly encoding: boolean;
}

/** How rows are made; JSON. */
export interface RowMaker {
  readonly features: ParzcFeatures;
  readonly space: NodeSpace;
  readonly columns: ScoreColumns;
  readonly scaling: Scaling;
}

/** Proxies with node statistics and the most nodes that any architecture has. */
export function nodeSpaceOf(all: readonly ArchitectureFeatures[]): NodeSpace {
  const proxies = Object.keys(all[0]?.nodes ?? {});
  const lengths = all.flatMap(({ nodes }) => proxies.map((proxy) => nodes?.[proxy]?.length ?? 0));
  return { proxies, maxNodes: Math.max(0, ...lengths) };
}

function rawRow(
  of: ArchitectureFeatures,
  { features, space, columns }: Omit<RowMaker, 'scaling'>,
): number[] {
  const profiled = features.profiles.flatMap((profile) => [
    ...nodeProfile(of.nodes ?? {}, space, profile),
  ]);
  return [
    ...profiled,
    ...(features.scores ? scoreRow(of, columns) : []),
    ...(features.encoding ? Array.from(of.encoding) : []),
  ];
}

/** Decides columns and scaling on the training set, without its labels. @throws {ShapeError} nothing is left to read */
export function rowMaker(
  training: readonly ArchitectureFeatures[],
  features: ParzcFeatures,
  space: NodeSpace,
): RowMaker {
  const unscaled = { features, space, columns: scoreColumns(training) };
  const rows = training.map((it) => rawRow(it, unscaled));
  if (rows[0]?.length === 0)
    throw new ShapeError('ParZC has nothing to read: no node statistics, scores or encoding');
  return { ...unscaled, scaling: standardScaling(rows) };
}

/** Rows [n,features], row-major. @throws {ShapeError} an architecture has more nodes than those learned from */
export function rowsOf(all: readonly ArchitectureFeatures[], maker: RowMaker): Float32Array {
  const rows = standardised(
    all.map((it) => rawRow(it, maker)),
    maker.scaling,
  );
  const width = maker.scaling.shift.length;
  const out = new Float32Array(all.length * width);
  rows.forEach((row, at) => out.set(row, at * width));
  return out;
}
