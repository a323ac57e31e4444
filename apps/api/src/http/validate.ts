/** @file Parses a body, query or parameter with its contract before a handler sees it. */
import type { PipeTransform } from '@nestjs/common';
import { parseAs } from '@sextant/contracts';
import type { z } from 'zod';

/** A pipe that throws ValidationError with JSON Pointers; `what` names the input in its message. */
export const valid = <S extends z.ZodType>(schema: S, what: string): PipeTransform => ({
  transform: (input: unknown): z.infer<S> => parseAs(schema, input, what),
});
