/** @file The networks of NAS-Bench-201 for scoring: all 15,625 cells in one graph. */
import {
  buildCellNetwork,
  cellVector,
  elasticCell,
  type CellNetworkSizes,
} from '@sextant/networks';
import {
  cellOperations,
  reachableOperations,
  type Cell,
  type CellOperation,
} from '@sextant/search-space';
import type { ImageSize, NetworkFamily } from '../network/network-family';

export interface CellFamilyOptions extends CellNetworkSizes {
  readonly height: number;
  readonly width: number;
}

/** As the benchmark trained them on CIFAR-10. @see Dong & Yang 2020, arXiv:2001.00326 §2 */
export const nasBench201Cifar10: CellFamilyOptions = {
  inChannels: 3,
  channels: 16,
  cellsPerStage: 5,
  classes: 10,
  height: 32,
  width: 32,
};

const edgeTensor = /\.edges\.(\d)\.conv(\d)\./;

/**
 * Convolutions that are on no path from input to output are layers, have weights, and count; they are not computed: their
 * gradients are 0, and what gets only zeros hands on zeros as long as shifts are 0. Height and width are multiples of 4.
 */
export function cellFamily(options: CellFamilyOptions): NetworkFamily<Cell> {
  const image: ImageSize = {
    channels: options.inChannels,
    height: options.height,
    width: options.width,
  };
  return {
    classes: options.classes,
    imageOf: () => image,
    build: (x, cell, { tensor, onBlock }) => buildCellNetwork(x, options, cell, tensor, onBlock),
    has(cell, name) {
      const [, edge, kernel] = edgeTensor.exec(name) ?? [];
      if (edge === undefined) return true;
      return cellOperations[cell[Number(edge)] as number] === `nor_conv_${kernel}x${kernel}`;
    },
    elastic: {
      vectorLength: 6,
      vectorOf: (cell) =>
        cellVector(reachableOperations(cell).map((at) => cellOperations[at] as CellOperation)),
      build: (x, { tensor, onBlock }) => buildCellNetwork(x, options, elasticCell, tensor, onBlock),
    },
  };
}
