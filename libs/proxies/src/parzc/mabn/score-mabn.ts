/** @file Scores from trained networks: their mean, or with the spread that uncertain weights give them. */
import { rng, ShapeError } from '@sextant/common';
import { Session } from '@sextant/engine';
import { ChancePool } from './chance-pool';
import { scoringModel } from './mabn-graphs';
import type { MabnSizes } from './mabn-sizes';

export interface ScoredRows {
  /** Mean over members and draws [n], in the unit of the targets. */
  readonly mean: Float64Array;
  /** Standard deviation over members and draws [n]; 0 for one member without draws. */
  readonly std: Float64Array;
}

export interface ScoringOptions {
  readonly threads: number;
  /** Draws of the uncertain weights per member; 0: their means, so that the same rows have the same scores. */
  readonly draws: number;
  /** Of the draws. */
  readonly seed: number;
}

const rowsPerRun = 2048;

/** Scores of rows [n,features] by every member. @throws {ShapeError} rows do not divide into features */
export async function scoreMabn(
  rows: Float32Array,
  sizes: MabnSizes,
  members: readonly Float32Array[],
  { threads, draws, seed }: ScoringOptions,
): Promise<ScoredRows> {
  if (rows.length % sizes.features !== 0) {
    throw new ShapeError(`${rows.length} features are no rows of ${sizes.features}`);
  }
  const { model, chance } = scoringModel(sizes, draws > 0 ? 'draws' : 'mean');
  const session = await Session.create(model, { threads, optimization: 'all' });
  try {
    const draw = rng(seed, 'mabn scores');
    const pool = new ChancePool(chance, draw.fork('pool'));
    const runs: Float32Array[] = [];
    for (const theta of members) {
      for (let at = 0; at < Math.max(1, draws); at++) {
        const feeds = { theta: { data: theta, dims: [theta.length] }, ...pool.feeds(draw) };
        runs.push(await scoreAll(session, rows, sizes.features, feeds));
      }
    }
    return spreadOf(runs);
  } finally {
    await session.release();
  }
}

async function scoreAll(
  session: Session,
  rows: Float32Array,
  features: number,
  feeds: Parameters<Session['run']>[0],
): Promise<Float32Array> {
  const count = rows.length / features;
  const out = new Float32Array(count);
  for (let first = 0; first < count; first += rowsPerRun) {
    const last = Math.min(count, first + rowsPerRun);
    const x = {
      data: rows.subarray(first * features, last * features),
      dims: [last - first, features],
    };
    const { scores } = await session.run({ ...feeds, x });
    out.set(scores?.data as Float32Array, first);
  }
  return out;
}

function spreadOf(runs: readonly Float32Array[]): ScoredRows {
  const count = runs[0]?.length ?? 0;
  const [mean, std] = [new Float64Array(count), new Float64Array(count)];
  for (let at = 0; at < count; at++) {
    const values = runs.map((run) => run[at] as number);
    const centre = values.reduce((sum, value) => sum + value, 0) / values.length;
    mean[at] = centre;
    const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
    std[at] = Math.sqrt(squares / values.length);
  }
  return { mean, std };
}
