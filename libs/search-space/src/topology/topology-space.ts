/** @file A topology space as data: four paths of fixed blocks at four resolutions, of which any may be left out. */
import { z } from 'zod';
import { parsedSpace } from '../space-schema';

/** Paths stand at 1/4, 1/8, 1/16 and 1/32 of the image. */
export const pathCount = 4;

const TopologyBlockSchema = z.strictObject({
  width: z.int().min(1).max(4096).describe('Output channels'),
  kernel: z.union([z.literal(3), z.literal(5), z.literal(7)]).describe('Depthwise kernel'),
  expansion: z.number().min(1).max(12).describe('Inner channels over input channels'),
  squeezeExcite: z.boolean().default(false),
});
export type TopologyBlock = z.infer<typeof TopologyBlockSchema>;

const blocks = z.array(TopologyBlockSchema).max(24);

export const TopologySpaceSchema = z.strictObject({
  family: z.literal('topology'),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
  input: z.strictObject({ channels: z.int().min(1).max(64) }),
  activation: z.enum(['relu6', 'hard-swish']),
  stem: z
    .strictObject({ width: z.int().min(1).max(4096), blocks })
    .describe('At 1/2 of the image; not searched'),
  paths: z
    .array(blocks.min(1))
    .length(pathCount)
    .describe('Blocks of each resolution; the first one of a path halves the map before it'),
  stages: z.int().min(1).max(8).describe('Stages after the backbone, all four paths in each'),
  divisor: z.int().min(1).max(64).default(8).describe('Inner channels are multiples of this'),
});

/** @see Wu et al. 2021, FBNetV5, arXiv:2111.10007 — a supernet of four parallel paths, built from FBNetV3's blocks */
export type TopologySpace = z.infer<typeof TopologySpaceSchema>;

/** @throws {InvalidSearchSpaceError} listing every violation with its JSON Pointer */
export const parseTopologySpace = (json: unknown): TopologySpace =>
  parsedSpace(TopologySpaceSchema, json);

/** Channels of a path's maps: those of its last block. */
export const pathWidth = ({ paths }: TopologySpace, path: number): number =>
  (paths[path]?.at(-1) as TopologyBlock).width;

/** What a path's maps are smaller by than the image, each way. */
export const pathStride = (path: number): number => 4 * 2 ** path;
