/** @file Is there memory enough for this search? Asked before it starts, where its limit is known. */
import { MemoryLimitError } from '@sextant/common';
import type { SearchBy, SupernetMethodName } from '@sextant/contracts';
import type { Lowerings } from '@sextant/engine';
import type { AnySpace, ImageFormat } from '@sextant/supernet';
import { methodOf } from './method-of';

interface ImagesInMemory {
  readonly images: { readonly byteLength: number };
}

export interface MemoryNeed {
  readonly spec: SearchBy<SupernetMethodName>;
  readonly space: AnySpace;
  /** Of which only sizes are read. */
  readonly dataset: ImageFormat & { readonly train: ImagesInMemory; readonly test: ImagesInMemory };
  readonly lowerings: Lowerings;
}

/** Images as read, decoded, and divided into those for training and for validation. */
const trainCopies = 3;
/** Images as read and decoded. */
const testCopies = 2;

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;

/** Resident bytes of the process that runs the search, at most. */
export const predictSearchBytes = ({ spec, space, dataset, lowerings }: MemoryNeed): number =>
  methodOf(spec.method.name).predictPeakBytes({
    space,
    format: dataset,
    settings: spec.method.options,
    lowerings,
  }) +
  trainCopies * dataset.train.images.byteLength +
  testCopies * dataset.test.images.byteLength;

/** @throws {MemoryLimitError} the search may need more than `limitBytes`; `advice` is what its user may change */
export function requireBytes(predictedBytes: number, limitBytes: number, advice: string): void {
  if (predictedBytes <= limitBytes) return;
  throw new MemoryLimitError(
    `the search may need ${mebibytes(predictedBytes)} of memory and has ${mebibytes(limitBytes)}: ${advice}, or give the ` +
      'worker a higher SEXTANT_MEMORY_LIMIT_MB',
    predictedBytes,
    limitBytes,
  );
}

/** @throws {MemoryLimitError} the search may need more than `limitBytes` */
export function requireMemory(need: MemoryNeed, limitBytes: number): void {
  const { batchSize } = need.spec.method.options;
  requireBytes(
    predictSearchBytes(need),
    limitBytes,
    `lower batchSize (${batchSize}), the largest widths or the largest resolution of ${need.space.name}`,
  );
}
