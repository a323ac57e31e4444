/** @file `sextant up`: the service on this machine until it is told to stop. */
import path from 'node:path';
import { startStack } from '../stack';

export interface UpOptions {
  readonly home: string;
  readonly port: number;
}

export async function up({ home, port }: UpOptions): Promise<void> {
  const stack = await startStack({
    home: path.resolve(home),
    port,
    environment: process.env,
    logLevel: 'info',
  });
  process.stdout.write(
    `Sextant at ${stack.apiUrl} (${stack.database} PostgreSQL, queue on ${stack.queue}); Ctrl-C stops it\n`,
  );
  // A terminal, npm and a supervisor may each pass the signal on: the first one counts.
  await new Promise<void>((resolve) => {
    process.on('SIGINT', resolve);
    process.on('SIGTERM', resolve);
  });
  await stack.stop();
}
