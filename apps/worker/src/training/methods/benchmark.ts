/** @file `benchmark` in the process that computes: the table came with the command, results go to the parent. */
import { ConfigurationError } from '@sextant/common';
import { runBenchmark } from '@sextant/evaluation';
import type { RunMethod } from './method';

export const runTableSearch: RunMethod<'benchmark'> = ({ spec, table, done }, parent) => {
  if (!table) throw new ConfigurationError('a search by benchmark was started without its table');
  return runBenchmark(
    { spec, table, done },
    {
      nowMs: () => performance.now(),
      onProgress: (progress) => parent.tell({ type: 'progress', progress }),
      onCandidates: (candidates) =>
        parent.send({ type: 'candidates', candidates: [...candidates] }),
      onCosts: (costs) => parent.send({ type: 'costs', costs: [...costs] }),
      stopRequested: () => parent.stopRequested(),
    },
  );
};
