/** @file A worker process: started, ready, drained once whatever arrives how often, and gone within 30 s (R11). */
import { messageOf } from '@sextant/common';
import { workerConfig } from './config/worker-config';
import { startWorker } from './worker';

/** Leaves a second of the 30 for the process itself. */
const drainMs = 29_000;

async function main(): Promise<void> {
  const worker = await startWorker(workerConfig(process.env));
  const leave = (): void => {
    setTimeout(() => process.exit(1), drainMs).unref();
    void worker.close().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, leave);
  process.once('disconnect', leave);
  process.send?.({ ready: true });
}

function fail(error: unknown): never {
  process.stderr.write(`sextant worker: ${messageOf(error)}\n`);
  process.exit(1);
}

await main().catch(fail);
