/** @file A search space is data: stages of inverted residual blocks, and the values each size may take. */
import { z } from 'zod';
import { parsedSpace, values } from './space-schema';

const channels = z.int().min(1).max(4096);
const oddKernel = z
  .int()
  .min(1)
  .max(11)
  .refine((kernel) => kernel % 2 === 1, {
    message: 'a kernel must be odd',
  }) as unknown as z.ZodNumber;
const stride = z.union([z.literal(1), z.literal(2)]);

export const StageSchema = z.strictObject({
  width: values(channels).describe('Output channels of every block of the stage'),
  depth: values(z.int().min(1).max(16)).describe(
    'Number of blocks; a shallower stage keeps the first',
  ),
  kernel: values(oddKernel).describe('Depthwise kernel'),
  expansion: values(z.number().min(1).max(12)).describe('Inner channels over input channels'),
  stride: stride.describe('Stride of the first block'),
  squeezeExcite: z.boolean().default(false),
});

export const SearchSpaceSchema = z
  .strictObject({
    family: z.literal('mbconv'),
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
    input: z.strictObject({ channels: z.int().min(1).max(64) }),
    classes: z.int().min(2).max(10_000),
    activation: z.enum(['relu6', 'swish']),
    resolution: values(z.int().min(4).max(1024)),
    stem: z.strictObject({ width: values(channels), stride }),
    stages: z.array(StageSchema).min(1).max(12),
    perBlock: z
      .array(z.enum(['kernel', 'expansion']))
      .max(2)
      .default([])
      .describe('Choices made for each block instead of once per stage'),
    shortcut: z
      .enum(['identity', 'conv'])
      .describe(
        'Around the first block of a stage: no shortcut (identity), or pooling and a 1×1 convolution',
      ),
    head: z.strictObject({
      type: z.enum(['plain', 'v3']),
      width: values(channels).or(z.tuple([])).describe('Last 1×1 convolution; empty: none'),
    }),
    divisor: z.int().min(1).max(64).default(8).describe('Inner channels are multiples of this'),
  })
  .refine((space) => space.head.type === 'plain' || space.head.width.length > 0, {
    message: 'a v3 head needs a width',
    path: ['head', 'width'],
  });

export type Stage = z.infer<typeof StageSchema>;
export type SearchSpace = z.infer<typeof SearchSpaceSchema>;

/**
 * The search space in `json`, with defaults filled in.
 * @throws {InvalidSearchSpaceError} listing every violation with its JSON Pointer
 */
export const parseSearchSpace = (json: unknown): SearchSpace =>
  parsedSpace(SearchSpaceSchema, json);
