/** @file What a user may set of ProxylessNAS. Defaults suit minutes on a few processor cores. */
import { z } from 'zod';
import { HardwareProfileId } from './hardware';

const epochs = z.number().min(0).max(1000);
const rate = z.number().positive().max(10);

/** Warm-up, search and training of the network it finds. @see Cai et al. 2019, arXiv:1812.00332 §3–4 */
export const ProxylessNasOptions = z.strictObject({
  warmUpEpochs: epochs.default(3).describe('Weights alone, paths drawn at random'),
  searchEpochs: epochs.default(8).describe('Weights and architecture in turn'),
  trainingEpochs: epochs.default(10).describe('Of the network that was found'),
  batchSize: z.int().min(8).max(512).default(64),
  warmUpLearningRate: rate.default(0.05).describe('At the first step, to 0 by a cosine'),
  learningRate: rate.default(0.025).describe('Of weights in the search, to 0 by a cosine'),
  trainingLearningRate: rate
    .default(0.05)
    .describe('Of the network that was found, to 0 by a cosine'),
  momentum: z.number().min(0).max(0.999).default(0.9),
  weightDecay: z
    .number()
    .min(0)
    .max(1)
    .default(4e-5)
    .describe('Once per step, on convolution and linear weights'),
  labelSmoothing: z.number().min(0).max(0.5).default(0.1).describe('Of weight steps'),
  gradientClip: z.number().positive().max(1000).default(1000).describe('By value'),
  horizontalFlip: z.boolean().default(true).describe('Mirror half of the training images'),
  architectureFraction: z
    .number()
    .min(0.01)
    .max(0.5)
    .default(0.2)
    .describe('Of the training part, held out of weight steps for architecture steps'),
  architectureEvery: z
    .int()
    .min(1)
    .max(1000)
    .default(2)
    .describe('Weight steps for one architecture step; none in the first epoch of the search'),
  architectureLearningRate: rate.default(0.02).describe('Of Adam, without a first moment'),
  update: z
    .enum(['gradient', 'reinforce'])
    .default('gradient')
    .describe(
      'Of architecture parameters: through binary gates, or by rewards of sampled networks',
    ),
  paths: z
    .enum(['two', 'recompute', 'full'])
    .default('two')
    .describe(
      'Gates that an architecture step looks at: of two paths, of all one after another, or of all at once',
    ),
  latencyLoss: z
    .enum(['none', 'add#linear', 'mul#log'])
    .default('add#linear')
    .describe('CE + λ·(E − ref)/ref, or a·CE·(ln E/ln ref)^b, with E the expected cost'),
  latencyWeight: z.number().min(0).max(100).default(0.1).describe('λ of add#linear'),
  latencyFactor: z.number().positive().max(100).default(0.2).describe('a of mul#log'),
  latencyPower: z.number().min(0).max(10).default(0.3).describe('b of mul#log'),
  latencyProfile: HardwareProfileId.nullable()
    .default(null)
    .describe(
      'Device whose lookup table of blocks says what operations cost; null: millions of MACs',
    ),
  referenceLatency: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe(
      'In ms of the table, or in millions of MACs without one; null: what networks cost at the start, on average',
    ),
  rewardSamples: z.int().min(1).max(64).default(10).describe('Networks of one step of reinforce'),
  rewardPower: z.number().min(0).max(2).default(0.1).describe('Of reference over cost'),
  weights: z
    .enum(['fresh', 'inherited'])
    .default('fresh')
    .describe('What the training of the found network starts from'),
  checkpointSeconds: z.number().min(1).max(60).default(15),
});
export type ProxylessNasOptions = z.infer<typeof ProxylessNasOptions>;

/**
 * `cpu` is the defaults; `paper` what the authors search ImageNet with.
 * @see Cai et al. 2019, ProxylessNAS, arXiv:1812.00332 §4.2 and the authors' code — Differs: the length and the rate of the
 * final training are ours
 */
export const proxylessNasPresets = {
  cpu: ProxylessNasOptions.parse({}),
  paper: ProxylessNasOptions.parse({
    warmUpEpochs: 40,
    searchEpochs: 120,
    trainingEpochs: 300,
    batchSize: 256,
    architectureFraction: 0.039,
    architectureEvery: 5,
    architectureLearningRate: 1e-3,
    latencyLoss: 'mul#log',
    referenceLatency: 80,
  }),
} as const;
