/** @file From what is known of architectures to the rows that MABN reads. */
import { ShapeError } from '@sextant/common';
import type { ArchitectureFeatures } from '../../predictors/architecture-features';
import { scoreColumns, scoreRow, type ScoreColumns } from '../../predictors/columns';
import { quantiled, quantileScaling, type QuantileScaling } from '../../predictors/quantiles';
import { nodeProfile, type Profile } from './node-profile';
import type { NodeSpace } from './node-space';

export interface ParzcFeatures {
  /** Node statistics to read and how; empty: none. `min-max` is the paper's. */
  readonly profiles: readonly Profile[];
  /** MACs, parameters and the scores of proxies, by their logarithm where their range is wide. Differs: not ParZC's. */
  readonly scores: boolean;
  /** The architecture's own encoding. Differs: not ParZC's, though its best published models read the graph. */
  readonly encoding: boolean;
  /** Columns as normal scores of their ranks in the training set; else as they are, as in the paper. */
  readonly quantiles: boolean;
  /**
   * Labels from which a block of columns (a proxy's nodes, or the encoding) counts as much as one score; with fewer, in proportion
   * less, since so many columns fit few labels by chance. null: every column counts the same, as in the paper.
   */
  readonly blocksCountFrom: number | null;
}

/** How rows are made; JSON. */
export interface RowMaker {
  readonly features: ParzcFeatures;
  readonly space: NodeSpace;
  readonly columns: ScoreColumns;
  readonly scaling: QuantileScaling | null;
  /** What each column is multiplied by once scaled. */
  readonly weights: readonly number[];
}

/** Proxies with node statistics and the most nodes that any architecture has. */
export function nodeSpaceOf(all: readonly ArchitectureFeatures[]): NodeSpace {
  const proxies = Object.keys(all[0]?.nodes ?? {});
  const lengths = all.flatMap(({ nodes }) => proxies.map((proxy) => nodes?.[proxy]?.length ?? 0));
  return { proxies, maxNodes: Math.max(0, ...lengths) };
}

function rawRow(
  of: ArchitectureFeatures,
  { features, space, columns }: Omit<RowMaker, 'scaling' | 'weights'>,
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

/** Each block of d columns has weight share/√d in each, scores 1. */
function columnWeights(
  { profiles, scores, encoding, blocksCountFrom }: ParzcFeatures,
  space: NodeSpace,
  sizes: { readonly columns: number; readonly encoding: number; readonly labels: number },
): number[] {
  const share = blocksCountFrom === null ? null : Math.min(1, sizes.labels / blocksCountFrom);
  const block = (size: number): number[] =>
    new Array<number>(size).fill(share === null ? 1 : share / Math.sqrt(size));
  return [
    ...profiles.flatMap(() => space.proxies.flatMap(() => block(space.maxNodes))),
    ...(scores ? new Array<number>(sizes.columns).fill(1) : []),
    ...(encoding ? block(sizes.encoding) : []),
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
  const sizes = {
    columns: unscaled.columns.columns.length,
    encoding: training[0]?.encoding.length ?? 0,
    labels: training.length,
  };
  const weights = columnWeights(features, space, sizes);
  return { ...unscaled, weights, scaling: features.quantiles ? quantileScaling(rows) : null };
}

/** Rows [n,features], row-major. @throws {ShapeError} an architecture has more nodes than those learned from */
export function rowsOf(all: readonly ArchitectureFeatures[], maker: RowMaker): Float32Array {
  const raw = all.map((it) => rawRow(it, maker));
  const { scaling, weights } = maker;
  const rows: readonly (number[] | Float64Array)[] = scaling ? quantiled(raw, scaling) : raw;
  const out = new Float32Array(all.length * weights.length);
  rows.forEach((row, at) =>
    out.set(
      row.map((value, column) => value * weights[column]!),
      at * weights.length,
    ),
  );
  return out;
}
