/** @file NAS-Bench-201 as strategies see it. */
import { canonicalCell } from '@sextant/search-space';
import { encodedSpace, type EncodedSpace } from '../encoded-space';

/**
 * Six choices of five. With `classes`, cells that are the same network are one: 6,466 encodings instead of 15,625; a
 * table that has a row for each string wants them apart.
 */
export const cellSpace = ({ classes }: { readonly classes: boolean }): EncodedSpace =>
  encodedSpace({
    name: 'nas-bench-201',
    sizes: Array.from({ length: 6 }, () => 5),
    ...(classes ? { canonicalise: canonicalCell } : {}),
  });
