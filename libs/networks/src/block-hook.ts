/** @file The seams of a network: where one block ends and the next begins, every path goes through one value. */
import type { Value } from '@sextant/engine';

/** Sees the output of a block; what it returns is what the next one reads. */
export type BlockHook = (output: Value) => Value;

export const untouched: BlockHook = (output) => output;
