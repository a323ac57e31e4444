#!/usr/bin/env node
/** @file The `sextant` command. */
import { messageOf } from '@sextant/common';
import { migrate } from '@sextant/persistence';
import { migrateQueue } from '@sextant/queue';
import { Command, CommanderError } from 'commander';
import { demo, type DemoOptions } from './commands/demo.command';
import { doctor } from './commands/doctor.command';
import {
  best,
  cancel,
  exportModel,
  get,
  submit,
  watch,
  type ApiOptions,
  type BestOptions,
  type ExportOptions,
} from './commands/search.command';
import { up } from './commands/up.command';
import { CommandFailed, exitStatus, statusOf } from './exit-status';

const program = new Command('sextant')
  .description(
    'Neural-architecture search: post a search, get the best architecture under your limit as ONNX',
  )
  .version('0.1.0')
  .exitOverride();

const withApi = (command: Command): Command =>
  command
    .option(
      '--url <url>',
      'address of the API',
      process.env['SEXTANT_URL'] ?? 'http://127.0.0.1:3000',
    )
    .option('--json', 'answer as one JSON line', false);

program
  .command('demo')
  .description('Run one real search from nothing to a verified model, then stop everything')
  .option('--json', 'end with one JSON line', false)
  .option('--out <directory>', 'where the best model is left', '.sextant/demo')
  .action((options: DemoOptions) => demo(options));

program
  .command('up')
  .description('Start database, API and worker on this machine')
  .option('--home <directory>', 'data of the service', '.sextant')
  .option('--port <number>', 'port of the API; 0: any free one', '3000')
  .action(({ home, port }: { home: string; port: string }) => up({ home, port: Number(port) }));

const search = program.command('search').description('Submit and follow searches');
withApi(
  search.command('submit <file>').description('Submit a search described in a JSON file'),
).action((file: string, options: ApiOptions) => submit(file, options));
withApi(search.command('get <id>').description('State and progress')).action(
  (id: string, options: ApiOptions) => get(id, options),
);
withApi(search.command('watch <id>').description('Follow a search to its ranked table')).action(
  (id: string, options: ApiOptions) => watch(id, options),
);
withApi(search.command('cancel <id>').description('Ask a search to end')).action(
  (id: string, options: ApiOptions) => cancel(id, options),
);

withApi(program.command('best').description('The best architecture within limits'))
  .requiredOption('--search <id>')
  .option('--max-latency <ms>', 'measured median latency, ms')
  .option('--max-macs <count>')
  .option('--max-params <count>')
  .action((options: BestOptions) => best(options));

withApi(program.command('export <candidate>').description('Download a candidate as ONNX'))
  .requiredOption('--search <id>')
  .requiredOption('--output <file>')
  .action((id: string, options: ExportOptions) => exportModel(id, options));

program
  .command('migrate')
  .description('Bring the database of DATABASE_URL up to date')
  .action(async () => {
    const databaseUrl = process.env['DATABASE_URL'];
    if (!databaseUrl) throw new CommandFailed('DATABASE_URL is not set', exitStatus.usage);
    await migrate(databaseUrl);
    await migrateQueue({ databaseUrl, redisUrl: process.env['REDIS_URL'] || undefined });
  });

program
  .command('doctor')
  .description('Check this machine and the services it is pointed at')
  .option('--json', 'answer as one JSON line', false)
  .action((options: { json: boolean }) => doctor(options));

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitStatus.ok : exitStatus.usage;
  } else {
    process.stderr.write(`sextant: ${messageOf(error)}\n`);
    process.exitCode = statusOf(error);
  }
}
