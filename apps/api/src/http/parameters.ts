/** @file Ids in paths. What cannot be an id names nothing, so it is not found rather than malformed. */
import type { PipeTransform } from '@nestjs/common';
import { NotFoundError } from '@sextant/common';
import { BenchmarkId, CandidateId, HardwareProfileId } from '@sextant/contracts';
import { z } from 'zod';

const idOf = (schema: z.ZodType<string>, what: string): PipeTransform<unknown, string> => ({
  transform(input) {
    const id = schema.safeParse(input);
    if (id.success) return id.data;
    throw new NotFoundError(`there is no ${what} ${String(input)}`);
  },
});

export const searchId = idOf(z.uuid(), 'search');
export const hardwareQueryId = idOf(z.uuid(), 'query');
export const benchmarkId = idOf(BenchmarkId, 'benchmark');
export const candidateId = idOf(CandidateId, 'candidate');
export const agentKeyId = idOf(z.uuid(), 'agent key');
export const measurementRequestId = idOf(z.uuid(), 'measurement request');
export const measurementTaskId = idOf(z.uuid(), 'measurement task');
export const hardwareProfileId = idOf(HardwareProfileId, 'hardware profile');

const TaskNumber = z.coerce.number().pipe(
  z
    .int()
    .min(1)
    .max(2 ** 31 - 1),
);

/** Of a predictor, from 1. */
export const taskNumber: PipeTransform<unknown, number> = {
  transform(input) {
    const number = TaskNumber.safeParse(input);
    if (number.success) return number.data;
    throw new NotFoundError(`there is no number ${String(input)}`);
  },
};
