/**
 * @file From a search space to a training session that can run: writing the model, and loading it without and with graph
 * optimisation, in a process of its own on one core.
 */
import { childFile, run as runCommand } from '@sextant/common/testing';

interface Created {
  readonly graph: string;
  readonly modelBytes: number;
  readonly writeMs: number;
  readonly createMs: number;
  readonly createOptimisedMs: number;
}

export function run() {
  const { created, n } = runCommand<{ created: Created[]; n: number }>(
    [process.execPath, childFile('session-create.child')],
    { pinned: true },
  );
  return { n, created };
}
