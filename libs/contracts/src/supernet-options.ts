/** @file What a user may set of each method that trains a supernet. Defaults suit minutes on a few processor cores. */
import { z } from 'zod';

/** Training of one BigNAS supernet. @see Yu et al. 2020, arXiv:2003.11142 §3 */
export const BigNasOptions = z.strictObject({
  epochs: z.number().positive().max(1000).default(12).describe('Passes over the training part'),
  batchSize: z.int().min(8).max(512).default(64),
  randomSubnets: z
    .int()
    .min(0)
    .max(8)
    .default(2)
    .describe('Random children per step, beside the largest and smallest'),
  learningRate: z.number().positive().max(10).default(0.1).describe('At the first step'),
  learningRateFloor: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .describe('Of the first rate; reached after 66 % of the steps'),
  momentum: z.number().min(0).max(0.999).default(0.9).describe('Nesterov'),
  weightDecay: z
    .number()
    .min(0)
    .max(1)
    .default(1e-5)
    .describe('Once per step, on convolution and linear weights'),
  labelSmoothing: z.number().min(0).max(0.5).default(0.1).describe('For the largest network only'),
  gradientClip: z.number().positive().max(1000).default(1).describe('By value'),
  horizontalFlip: z.boolean().default(true).describe('Mirror half of the training images'),
  checkpointSeconds: z.number().min(1).max(60).default(15),
});
export type BigNasOptions = z.infer<typeof BigNasOptions>;
