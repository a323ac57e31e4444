/** @file Everything scored, as predictors and reports read it. */
import type { AccuracyRow, ScoreRow, SearchBy } from '@sextant/contracts';
import type { ArchitectureFeatures } from '@sextant/proxies';
import type { ScorableSpace } from '../zero-cost/scorable-space';

/** Rows by id, so that what is computed from them does not depend on the order they were scored in. */
export interface ScoredTable {
  readonly spec: SearchBy<'zero-cost'>;
  readonly rows: readonly ScoreRow[];
  readonly train: readonly AccuracyRow[];
  readonly test: readonly AccuracyRow[];
}

/** Costs, scores (NaN: failed), the encoding as 0/1, and node statistics of the proxies that have them. */
export function featuresOf(
  row: ScoreRow,
  proxies: readonly string[],
  space: ScorableSpace,
): ArchitectureFeatures {
  return {
    macs: row.macs,
    paramCount: row.paramCount,
    scores: Object.fromEntries(proxies.map((name, at) => [name, row.scores[at] ?? Number.NaN])),
    encoding: space.oneHot(row.encoding),
    nodes: nodesOf(row, proxies),
  };
}

function nodesOf(
  { nodes, nodeCounts }: ScoreRow,
  proxies: readonly string[],
): Record<string, Float64Array> {
  const bytes = Buffer.from(nodes, 'base64');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const all: Record<string, Float64Array> = {};
  let start = 0;
  for (const [at, name] of proxies.entries()) {
    const count = nodeCounts[at] ?? 0;
    const first = start;
    if (count > 0) {
      all[name] = Float64Array.from({ length: count }, (_, node) =>
        view.getFloat64(8 * (first + node), true),
      );
    }
    start += count;
  }
  return all;
}
