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
  learningRateDecayEpochs: z
    .number()
    .positive()
    .max(1000)
    .nullable()
    .default(null)
    .describe('Epochs after which the rate is multiplied by 0.97; null: as the floor requires'),
  optimizer: z
    .enum(['sgd', 'rmsprop'])
    .default('sgd')
    .describe('Nesterov momentum, or RMSProp as TensorFlow 1 has it'),
  momentum: z.number().min(0).max(0.999).default(0.9),
  weightDecay: z
    .number()
    .min(0)
    .max(1)
    .default(1e-5)
    .describe('Once per step, on convolution and linear weights'),
  labelSmoothing: z.number().min(0).max(0.5).default(0.1).describe('For the largest network only'),
  dropout: z
    .number()
    .min(0)
    .max(0.9)
    .default(0)
    .describe('Of the classifier’s input, for the largest network only'),
  dropConnect: z
    .number()
    .min(0)
    .max(0.9)
    .default(0)
    .describe('Of residual branches of the last two stages, for the largest network only'),
  sampling: z
    .enum(['uniform', 'best-up', 'worst-up'])
    .default('uniform')
    .describe(
      'Of random children; best-up and worst-up keep one of several of equal cost, by loss',
    ),
  sampledCandidates: z
    .int()
    .min(1)
    .max(16)
    .default(3)
    .describe('Of which best-up and worst-up keep one'),
  costBinMacs: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe('MACs that best-up and worst-up hold equal; null: 1/64 of the range of the space'),
  distillation: z
    .enum(['soft-labels', 'adaptive-alpha'])
    .default('soft-labels')
    .describe('What the largest network’s predictions teach by: cross-entropy, or α-divergence'),
  gradientClip: z.number().positive().max(1000).default(1).describe('By value'),
  horizontalFlip: z.boolean().default(true).describe('Mirror half of the training images'),
  checkpointSeconds: z.number().min(1).max(60).default(15),
});
export type BigNasOptions = z.infer<typeof BigNasOptions>;

/**
 * `cpu` is the defaults; `paper` what the paper trains ImageNet with.
 * @see Yu et al. 2020, BigNAS, arXiv:2003.11142 §4 — Differs: no AutoAugment and no moving average of weights; clipping
 * by value is not the paper's, its length of training is not published
 */
export const bigNasPresets = {
  cpu: BigNasOptions.parse({}),
  paper: BigNasOptions.parse({
    epochs: 360,
    batchSize: 64,
    learningRate: 0.256,
    learningRateDecayEpochs: 2.4,
    optimizer: 'rmsprop',
    dropout: 0.2,
    gradientClip: 1000,
  }),
} as const;

/** Training of one ShiftNAS supernet and its architecture generator. @see Zhang et al. 2023, ICCV, ShiftNAS §3 */
export const ShiftNasOptions = z.strictObject({
  epochs: z.number().positive().max(1000).default(24).describe('Passes over the training part'),
  batchSize: z.int().min(8).max(512).default(64),
  learningRate: z.number().positive().max(10).default(0.1).describe('At the first step'),
  learningRateFloor: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .describe('Of the first rate; reached after 66 % of the steps'),
  optimizer: z.enum(['sgd', 'rmsprop']).default('sgd'),
  momentum: z.number().min(0).max(0.999).default(0.9),
  weightDecay: z.number().min(0).max(1).default(1e-5),
  labelSmoothing: z.number().min(0).max(0.5).default(0.1),
  gradientClip: z.number().positive().max(1000).default(1).describe('By value'),
  horizontalFlip: z.boolean().default(true),
  sampler: z
    .enum(['shift', 'bin-uniform', 'op-uniform'])
    .default('shift')
    .describe(
      'Which network a step trains: of a cost drawn from a learnt or a uniform distribution, or of uniform choices',
    ),
  bins: z.int().min(2).max(32).default(8).describe('Of cost, between smallest and largest network'),
  temperature: z.number().positive().max(10).default(1).describe('Of the generator’s draws'),
  costWeight: z.number().positive().max(10_000).default(100).describe('λ, of the missed target'),
  entropyWeight: z
    .number()
    .min(0)
    .max(10)
    .default(0.01)
    .describe('Of the generator’s mean entropy, which keeps networks of one cost different'),
  generatorLearningRate: z.number().positive().max(1).default(3e-3).describe('Adam'),
  generatorWarmUpSteps: z
    .int()
    .min(0)
    .max(20_000)
    .default(1500)
    .describe('Updates of the generator alone, on costs, before the first network is trained'),
  shiftMode: z
    .enum(['per-visit', 'paper'])
    .default('per-visit')
    .describe(
      'What moves the distribution: the fall of a bin’s loss per network trained, or as it is',
    ),
  shiftAfter: z
    .number()
    .min(0)
    .max(1)
    .default(0.2)
    .describe('Fraction of the steps before the distribution moves'),
  shiftEvery: z.int().min(1).max(10_000).default(25).describe('Steps between two moves'),
  shiftLearningRate: z.number().positive().max(10).default(0.05).describe('Adam'),
  shiftFraction: z
    .number()
    .min(0.02)
    .max(0.5)
    .default(0.1)
    .describe('Of the training part, held out for the losses of bins'),
  uniformMix: z.number().min(0).max(1).default(0.1).describe('Share of draws that are uniform'),
  checkpointSeconds: z.number().min(1).max(60).default(15),
});
export type ShiftNasOptions = z.infer<typeof ShiftNasOptions>;

/**
 * `cpu` is the defaults; `paper` what the text of the paper states, for ImageNet.
 * @see Zhang et al. 2023, ICCV, ShiftNAS §4 — Differs: its recipe for weights and λ are in an appendix that we have not
 */
export const shiftNasPresets = {
  cpu: ShiftNasOptions.parse({}),
  paper: ShiftNasOptions.parse({
    epochs: 500,
    batchSize: 512,
    entropyWeight: 0,
    shiftMode: 'paper',
    shiftAfter: 0.1,
    shiftEvery: 100,
    shiftLearningRate: 1e-3,
    shiftFraction: 0.04,
    uniformMix: 0,
  }),
} as const;
