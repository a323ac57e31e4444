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

/** Costs, scores (NaN: failed), the encoding as 0/1, and node statistics of the proxies that have them: as many for every row. */
export function allFeatures(
  { rows, spec }: ScoredTable,
  space: ScorableSpace,
): ArchitectureFeatures[] {
  const { proxies } = spec.method.options;
  const raw = rows.map((row) => nodesOf(row, proxies));
  const counts = raw.flatMap((nodes) => Object.values(nodes).map(({ length }) => length));
  const most = counts.reduce((a, b) => Math.max(a, b), 0);
  return rows.map(({ encoding, macs, paramCount, scores }, at) => {
    const byName = proxies.map((name, i) => [name, scores[i] ?? Number.NaN] as const);
    const scored = { scores: Object.fromEntries(byName), nodes: raw[at]! };
    return space.features({ encoding, macs, paramCount, ...scored }, most);
  });
}

/** NaN where a statistic is not finite. */
function nodesOf(
  { nodes, nodeCounts }: ScoreRow,
  proxies: readonly string[],
): Readonly<Record<string, Float64Array>> {
  const bytes = Buffer.from(nodes, 'base64');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const all: Record<string, Float64Array> = {};
  let start = 0;
  for (const [at, name] of proxies.entries()) {
    const count = nodeCounts[at] ?? 0;
    const first = start;
    start += count;
    if (count === 0) continue;
    const values = Float64Array.from({ length: count }, (_, node) =>
      view.getFloat64(8 * (first + node), true),
    );
    all[name] = values.map((value) => (Number.isFinite(value) ? value : Number.NaN));
  }
  return all;
}
