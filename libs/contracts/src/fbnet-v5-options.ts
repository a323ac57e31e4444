/** @file What a user may set of FBNetV5: one search run for several tasks. Defaults suit minutes on a few processor cores. */
import { z } from 'zod';

const rate = z.number().positive().max(10);
const fraction = z.number().min(0).max(1);

/** One search run. @see Wu et al. 2021, FBNetV5, arXiv:2111.10007 */
export const FbNetV5Options = z.strictObject({
  teacherSteps: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(400)
    .describe('Of each teacher, for tasks whose labels it gives'),
  confidence: fraction
    .default(0.5)
    .describe('Least confidence of a pseudo-label; what is less sure is left out'),
  steps: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(2000)
    .describe('After the teachers; warm-up included'),
  warmUpFraction: fraction
    .default(0.15)
    .describe('Of the steps, with every unit kept half the time'),
  heldOutFraction: z
    .number()
    .min(0.02)
    .max(0.5)
    .default(0.2)
    .describe('Of the images, for steps of the distributions'),
  topologyEvery: z
    .int()
    .min(2)
    .max(100)
    .default(2)
    .describe('After the warm-up, every so many steps moves the distributions and not the weights'),
  samples: z
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe('Architectures of a step of the distributions'),
  batchSize: z.int().min(2).max(1024).default(64),
  learningRate: rate.default(0.2).describe('Of the weights, at the first step; falls as a cosine'),
  momentum: z.number().min(0).max(0.999).default(0.9).describe('Nesterov'),
  weightDecay: fraction.default(1e-5).describe('On convolution and linear weights'),
  gradientClip: z.number().positive().max(1000).default(1).describe('By value'),
  horizontalFlip: z.boolean().default(true).describe('Mirror half of the training images'),
  topologyLearningRate: rate.default(0.01).describe('Adam, of the logits'),
  logitLimit: z
    .number()
    .positive()
    .max(20)
    .default(4)
    .describe('Logits stay within ± this, which bounds importance ratios'),
  baselineMomentum: z
    .number()
    .min(0)
    .max(0.9999)
    .default(0.9)
    .describe('Of the mean loss per task'),
  normaliseAdvantage: z
    .boolean()
    .default(true)
    .describe('Divide by a running deviation per task, so that losses of any scale pull alike'),
  taskWeights: z
    .record(z.string(), z.number().positive().max(1000))
    .default({})
    .describe('Weight of a task’s loss by its name; 1 where not given'),
  cost: z
    .strictObject({
      weight: z.number().min(0).max(1000).default(1),
      target: z
        .number()
        .positive()
        .max(1)
        .default(0.4)
        .describe('Of the multiply–accumulates with every unit kept'),
      form: z
        .enum(['linear', 'hinge'])
        .default('linear')
        .describe('weight·E[cost]/target, or the same only while E[cost] is above target'),
    })
    .prefault({}),
  checkpointSeconds: z.number().min(1).max(60).default(15),
});
export type FbNetV5Options = z.infer<typeof FbNetV5Options>;

/** What scenes are labelled for. */
export const SceneTaskName = z.enum(['classification', 'segmentation', 'detection']);
export type SceneTaskName = z.infer<typeof SceneTaskName>;

/** Of a search request. All scenes of a data set are labelled, so no teachers are trained. */
export const FbNetV5SearchOptions = FbNetV5Options.omit({
  teacherSteps: true,
  confidence: true,
}).extend({
  tasks: z
    .array(SceneTaskName)
    .min(1)
    .refine((tasks) => new Set(tasks).size === tasks.length, 'a task may be named once')
    .default([...SceneTaskName.options])
    .describe('Each gets a ranked list of networks of its own'),
});
export type FbNetV5SearchOptions = z.infer<typeof FbNetV5SearchOptions>;

/**
 * `paper`: as published where the paper tells, which is one sample a step; lengths suit an accelerator. `cpu`: an hour or
 * two on 2 cores. `quick`: minutes.
 */
export const fbNetV5Presets = {
  paper: FbNetV5Options.parse({ teacherSteps: 90_000, steps: 200_000, batchSize: 256 }),
  cpu: FbNetV5Options.parse({ samples: 2, cost: { form: 'hinge' } }),
  quick: FbNetV5Options.parse({
    ...{ batchSize: 32, teacherSteps: 300, steps: 1000 },
    ...{ samples: 2, topologyLearningRate: 0.03 },
    cost: { form: 'hinge' },
  }),
} as const;
