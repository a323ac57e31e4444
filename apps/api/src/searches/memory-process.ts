/** @file How much memory a search would take, worked out where it delays nobody: its graphs are built for it. */
import { ServiceUnavailableError } from '@sextant/common';
import type { SearchBy, SupernetMethodName } from '@sextant/contracts';
import type { CountedScenes } from '@sextant/evaluation';
import { AnsweringProcess } from '../processes/answering-process';
import type { CountedShape } from '../datasets/dataset-catalogue';

export interface SupernetMemory {
  readonly spec: SearchBy<SupernetMethodName>;
  readonly dataset: CountedShape;
}

export interface TaskMemory {
  readonly spec: SearchBy<'fbnet-v5'>;
  readonly scenes: CountedScenes;
}

export type MemoryQuestion = SupernetMemory | TaskMemory;

export type MemoryAnswer = { readonly bytes: number } | { readonly error: string };

/** Answers are kept: a question is a request and a data set. */
const kept = 100;

export class MemoryProcess {
  private readonly process: AnsweringProcess<MemoryQuestion, MemoryAnswer>;
  private readonly known = new Map<string, Promise<number>>();

  /** @param entry script to fork */
  constructor(entry: string) {
    this.process = new AnsweringProcess(entry, {
      doing: 'working out the memory',
      timeoutMs: 60_000,
      advice: 'the space may be too large to train',
    });
  }

  /** Resident bytes of the process that trains, at most. @throws {ServiceUnavailableError} it cannot be worked out */
  peakBytes(question: MemoryQuestion): Promise<number> {
    const { spec, ...images } = question;
    const key = JSON.stringify([spec.space, spec.method, images]);
    const bytes = this.known.get(key) ?? this.ask(question);
    this.known.delete(key);
    this.known.set(key, bytes);
    bytes.catch(() => this.known.delete(key));
    const [oldest] = this.known.keys();
    if (this.known.size > kept && oldest !== undefined) this.known.delete(oldest);
    return bytes;
  }

  private async ask(question: MemoryQuestion): Promise<number> {
    const answer = await this.process.ask(question);
    if ('bytes' in answer) return answer.bytes;
    throw new ServiceUnavailableError(`working out the memory failed: ${answer.error}`);
  }
}
