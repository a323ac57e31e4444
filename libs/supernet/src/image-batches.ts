/** @file Batches of labelled images, drawn so that step t of a run is a function of (seed, t) alone. */
import type { Rng } from '@sextant/common';

/** Raw images, NCHW bytes, and the class of each. */
export interface LabelledImages {
  readonly count: number;
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

export interface Batch {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

type Mirror = (position: number) => boolean;
const asIs: Mirror = () => false;

/** The pictures at `indices`, each mirrored left to right where `mirror` says so. */
export function gatherImages(
  set: Pick<LabelledImages, 'count' | 'images'>,
  indices: readonly number[],
  width: number,
  mirror: Mirror = asIs,
): Uint8Array {
  const pixels = set.images.length / set.count;
  const images = new Uint8Array(indices.length * pixels);
  indices.forEach((index, position) => {
    const image = set.images.subarray(index * pixels, (index + 1) * pixels);
    images.set(image, position * pixels);
    if (!mirror(position)) return;
    for (let row = position * pixels; row < (position + 1) * pixels; row += width) {
      images.subarray(row, row + width).reverse();
    }
  });
  return images;
}

/** The images at `indices` with their labels, each mirrored left to right where `mirror` says so. */
export const gather = (
  set: LabelledImages,
  indices: readonly number[],
  width: number,
  mirror: Mirror = asIs,
): Batch => ({
  images: gatherImages(set, indices, width, mirror),
  labels: Uint8Array.from(indices, (index) => set.labels[index] as number),
});

/** The images at `indices` as a set of their own. */
export const subset = (
  set: LabelledImages,
  indices: readonly number[],
  width: number,
): LabelledImages => ({ count: indices.length, ...gather(set, indices, width) });

/** Order of the images in each epoch: a fresh seeded shuffle; the remainder of an epoch is left out. */
export class EpochOrder {
  private epoch = -1;
  private order: readonly number[] = [];
  readonly stepsPerEpoch: number;

  constructor(
    private readonly count: number,
    private readonly batchSize: number,
    private readonly rng: Rng,
  ) {
    this.stepsPerEpoch = Math.floor(count / batchSize);
  }

  /** Indices of the batch of step `step`. */
  batchAt(step: number): readonly number[] {
    const epoch = Math.floor(step / this.stepsPerEpoch);
    if (epoch !== this.epoch) {
      const all = Array.from({ length: this.count }, (_, index) => index);
      this.order = this.rng.fork(epoch).shuffle(all);
      this.epoch = epoch;
    }
    const start = (step % this.stepsPerEpoch) * this.batchSize;
    return this.order.slice(start, start + this.batchSize);
  }
}

/** A stratified, seeded division: the same fraction of every class is held out. */
export function holdOut(
  set: LabelledImages,
  fraction: number,
  rng: Rng,
): { readonly train: readonly number[]; readonly heldOut: readonly number[] } {
  const byClass = new Map<number, number[]>();
  set.labels.forEach((label, index) => {
    const members = byClass.get(label);
    if (members) members.push(index);
    else byClass.set(label, [index]);
  });
  const heldOut = [...byClass].flatMap(([label, members]) =>
    rng
      .fork(label)
      .shuffle(members)
      .slice(0, Math.round(members.length * fraction)),
  );
  const isHeldOut = new Set(heldOut);
  const train = Array.from({ length: set.count }, (_, index) => index).filter(
    (index) => !isHeldOut.has(index),
  );
  return { train, heldOut: heldOut.sort((a, b) => a - b) };
}
