/** @file A labelled image data set in memory, and its description on disk. */
import { z } from 'zod';

/** Raw images, NCHW bytes, and the class of each. */
export interface ImageSet {
  readonly count: number;
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

/** What can be told without reading the images. */
export interface DatasetSummary {
  readonly id: string;
  readonly name: string;
  readonly classes: readonly string[];
  readonly licence: string;
  readonly source: string;
}

export interface Dataset extends DatasetSummary {
  /** SHA-256, in hexadecimal, of training pixels and labels, then those of test. */
  readonly sha256: string;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly train: ImageSet;
  readonly test: ImageSet;
  /** Per channel, of the training pixels / 255. */
  readonly mean: readonly number[];
  readonly standardDeviation: readonly number[];
}

/** A file beside dataset.json: a plain name, never a path. */
const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'a file name without folders');
const common = {
  name: z.string().min(1).max(120),
  sha256: z.record(fileName, z.string().regex(/^[0-9a-f]{64}$/)).default({}),
  mean: z.array(z.number()).optional(),
  standardDeviation: z.array(z.number().positive()).optional(),
  licence: z.string().default('unknown'),
  source: z.string().default('unknown'),
};
const classNames = z.array(z.string().min(1)).min(2).max(256);

/** `dataset.json`: what the folder of a data set says about itself. */
export const DatasetDescription = z.discriminatedUnion('format', [
  z.strictObject({
    ...common,
    format: z.literal('idx'),
    classes: classNames,
    files: z.strictObject({
      trainImages: fileName,
      trainLabels: fileName,
      testImages: fileName,
      testLabels: fileName,
    }),
  }),
  z.strictObject({
    ...common,
    format: z.literal('cifar10-binary'),
    classes: classNames,
    files: z.strictObject({ train: z.array(fileName).min(1), test: z.array(fileName).min(1) }),
  }),
  z.strictObject({ ...common, format: z.literal('image-folder') }),
  z.strictObject({ ...common, format: z.literal('scenes'), classes: classNames }),
]);
export type DatasetDescription = z.infer<typeof DatasetDescription>;
