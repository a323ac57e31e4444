/** @file Cells of NAS-Bench-201 as features of what they cost. */
import {
  cellEdges,
  cellMacs,
  cellOneHot,
  cellOperations,
  cellParams,
  type Cell,
} from '@sextant/search-space';
import type { FeatureMap } from './feature-layout';

/** Edges of the four ways from the input to the output: 0→1→2→3, 0→1→3, 0→2→3, 0→3. */
const paths = [[0, 2, 5], [0, 4], [1, 5], [3]] as const;

const [skip, pointwise, spatial, pooling] = [1, 2, 3, 4];

/**
 * 43 columns: operation of each edge (30), million MACs and parameters, how often each operation occurs (5); over the open
 * paths the longest in convolutions, in operations that run, in MACs and in poolings (4); additions of maps and open paths (2).
 */
export const cellFeatures: FeatureMap<Cell> = {
  layout: [
    { name: 'operations', role: 'choice', columns: 30 },
    { name: 'size', role: 'size', columns: 2 },
    { name: 'counts', role: 'structure', columns: 5 },
    { name: 'depth', role: 'structure', columns: 4 },
    { name: 'joins', role: 'structure', columns: 2 },
  ],
  of(cell) {
    const open = paths.filter((path) => path.every((edge) => cell[edge] !== 0));
    const longest = (weight: (operation: number) => number): number =>
      open.reduce(
        (most, path) =>
          Math.max(
            most,
            path.reduce<number>((sum, edge) => sum + weight(cell[edge]!), 0),
          ),
        0,
      );
    const inputs = [1, 2, 3].map(
      (node) => cellEdges.filter(([, to], edge) => to === node && cell[edge] !== 0).length,
    );
    return Float64Array.from([
      ...cellOneHot(cell),
      cellMacs(cell) / 1e6,
      cellParams(cell) / 1e6,
      ...cellOperations.map((_, operation) => cell.filter((it) => it === operation).length),
      longest((it) => Number(it === pointwise || it === spatial)),
      longest((it) => Number(it !== skip)),
      longest((it) => (it === pointwise ? 1 : it === spatial ? 9 : 0)),
      longest((it) => Number(it === pooling)),
      inputs.reduce((sum, count) => sum + Math.max(0, count - 1), 0),
      open.length,
    ]);
  },
};
