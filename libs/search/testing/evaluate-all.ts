/** @file Drives a run with a function in place of training: ask, evaluate, tell. */
import type { Encoding, Result, StrategyRun } from '../src';

export interface Evaluation {
  readonly objectives: readonly number[];
  readonly violation?: number;
}

export interface Driven {
  readonly results: readonly Result[];
  /** Why the run ended before `budget` evaluations; null if it did not. */
  readonly ended: 'exhausted' | 'infeasible' | 'waiting' | null;
}

/** Up to `budget` evaluations, one after the other, or until one is `enough`. */
export function evaluateAll(
  run: StrategyRun,
  budget: number,
  evaluate: (encoding: Encoding) => Evaluation,
  enough: (result: Result) => boolean = () => false,
): Driven {
  const results: Result[] = [];
  while (results.length < budget) {
    const next = run.ask();
    if (next.kind !== 'candidate') return { results, ended: next.kind };
    const { objectives, violation = 0 } = evaluate(next.encoding);
    const result = { number: next.number, encoding: next.encoding, objectives, violation };
    run.tell(result);
    results.push(result);
    if (enough(result)) break;
  }
  return { results, ended: null };
}
