/** @file What an orchestrator reads: is the process alive, can it serve. */
import { z } from 'zod';

export const Liveness = z.object({ status: z.literal('alive') }).meta({ id: 'Liveness' });
export type Liveness = z.infer<typeof Liveness>;

export const Readiness = z
  .object({ status: z.literal('ready'), database: z.literal('up') })
  .meta({ id: 'Readiness' });
export type Readiness = z.infer<typeof Readiness>;
