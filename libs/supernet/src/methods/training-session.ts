/** @file A model that takes part in every step of a training. */
import { Session, type SessionOptions } from '@sextant/engine';
import type { TrainerInput } from './method';

type Where = Pick<TrainerInput<unknown>, 'threads' | 'lowerings'>;

/** Unoptimised, which loads sooner and hardly slows a step; memory as needed, which halves its peak. */
export const trainingSessionOptions = ({ threads, lowerings }: Where): SessionOptions => ({
  threads,
  optimization: 'none',
  allocation: 'asNeeded',
  ...(lowerings.executionProvider ? { executionProvider: lowerings.executionProvider } : {}),
});

export const trainingSession = (model: Uint8Array, where: Where): Promise<Session> =>
  Session.create(model, trainingSessionOptions(where));
