/** @file `sextant up`: the service on this machine until it is told to stop. */
import path from 'node:path';
import { Interrupted, withStack } from '../with-stack';

export interface UpOptions {
  readonly home: string;
  readonly port: number;
}

export async function up({ home, port }: UpOptions): Promise<void> {
  const options = {
    home: path.resolve(home),
    host: process.env['HOST'] || '127.0.0.1',
    port,
    environment: process.env,
    logLevel: process.env['SEXTANT_LOG_LEVEL'] || 'info',
  };
  await withStack(options, ({ apiUrl, database, queue }) => {
    process.stdout.write(
      `Sextant at ${apiUrl} (${database} PostgreSQL, queue on ${queue}); Ctrl-C stops it\n`,
    );
    return new Promise<never>(() => undefined); // until a signal, or a lost process
  }).catch((error: unknown) => {
    if (!(error instanceof Interrupted)) throw error;
  });
}
