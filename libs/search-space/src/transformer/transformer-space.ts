/** @file A space of vision transformers: width and depth once, heads and MLP ratio of every block. */
import { z } from 'zod';
import { parsedSpace, values } from '../space-schema';

const channels = z.int().min(1).max(4096);

export const TransformerSpaceSchema = z
  .strictObject({
    family: z.literal('transformer'),
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
    input: z.strictObject({ channels: z.int().min(1).max(64) }),
    classes: z.int().min(2).max(10_000),
    resolution: z.int().min(4).max(1024).describe('Side of the images the patches are cut from'),
    patch: z.int().min(1).max(64).describe('Side of a patch'),
    headSize: z.int().min(1).max(512),
    embedding: values(channels),
    depth: values(z.int().min(1).max(32)),
    heads: values(z.int().min(1).max(64)).describe('Of each block'),
    mlpRatio: values(z.number().positive().max(16)).describe('Of each block'),
  })
  .refine(({ resolution, patch }) => resolution % patch === 0, {
    message: 'patches must divide the resolution',
    path: ['patch'],
  });

export type TransformerSpace = z.infer<typeof TransformerSpaceSchema>;

/** @throws {InvalidSearchSpaceError} listing every violation with its JSON Pointer */
export const parseTransformerSpace = (json: unknown): TransformerSpace =>
  parsedSpace(TransformerSpaceSchema, json);

/** Frozen, JSON. */
export interface TransformerArchitecture {
  readonly embedding: number;
  /** One entry per block: its length is the depth. */
  readonly blocks: readonly { readonly heads: number; readonly mlpRatio: number }[];
}
