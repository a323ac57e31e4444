/** @file Limits on what is counted, beside the smallest network of a space. */
import type { CreateSearch, SearchEstimate } from '@sextant/contracts';

export function countedLimits(
  { maxMacs, maxParams }: CreateSearch['constraints'],
  smallest: { readonly macs: number; readonly paramCount: number },
): SearchEstimate['limits'] {
  const rows = [
    { cost: 'macs', limit: maxMacs, smallest: smallest.macs },
    { cost: 'paramCount', limit: maxParams, smallest: smallest.paramCount },
  ];
  return rows.flatMap(({ cost, limit, smallest: least }) =>
    limit === undefined ? [] : [{ cost, limit, smallest: least, fits: least <= limit }],
  );
}
