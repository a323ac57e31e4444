#!/usr/bin/env node
/** @file The `sextant` command. */
import { messageOf } from '@sextant/common';
import { PredictorName } from '@sextant/contracts';
import { migrate } from '@sextant/persistence';
import { migrateQueue } from '@sextant/queue';
import { Command, CommanderError, Option } from 'commander';
import { benchmarkCommands, estimateCommand, queryCommand } from './benchmark-program';
import { demo, type DemoOptions } from './commands/demo.command';
import { doctor } from './commands/doctor.command';
import { inspect, type InspectOptions } from './commands/inspect.command';
import {
  fitPredictor,
  importLabels,
  listPredictors,
  report,
  scores,
  type FitOptions,
  type LabelsOptions,
  type ReportOptions,
  type ScoresOptions,
} from './commands/scoring.command';
import { best, pareto, type BestOptions, type ParetoOptions } from './commands/best.command';
import {
  cancel,
  exportModel,
  get,
  submit,
  watch,
  type ApiOptions,
  type ExportOptions,
  type WatchOptions,
} from './commands/search.command';
import { up, type UpOptions } from './commands/up.command';
import { CommandFailed, exitStatus, statusOf } from './exit-status';
import { addHardwareCommands } from './hardware-program';
import { collected, count, port, positive, withApi } from './options';

const program = new Command('sextant')
  .description(
    'Neural-architecture search: post a search, get the best architecture under your limit as ONNX',
  )
  .version('0.1.0')
  .exitOverride();

const evidence = (): Option =>
  new Option('--evidence <kind>', 'whether a predicted cost counts').choices(['measured', 'any']);

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
  .option('--port <number>', 'port of the API; 0: any free one', port, 3000)
  .action((options: UpOptions) => up(options));

const search = program.command('search').description('Submit and follow searches');
withApi(
  search.command('submit <file>').description('Submit a search described in a JSON file'),
).action((file: string, options: ApiOptions) => submit(file, options));
withApi(search.command('get <id>').description('State and progress')).action(
  (id: string, options: ApiOptions) => get(id, options),
);
withApi(search.command('watch <id>').description('Follow a search to its ranked table'))
  .option('--timeout <seconds>', 'stop waiting after so long (exit status 124)', positive)
  .action((id: string, options: WatchOptions) => watch(id, options));
withApi(search.command('cancel <id>').description('Ask a search to end')).action(
  (id: string, options: ApiOptions) => cancel(id, options),
);

withApi(program.command('best').description('The best architecture within limits'))
  .requiredOption('--search <id>')
  .option('--hardware <profile>', 'hardware profile of the limits; without one: the worker')
  .option('--max-latency <ms>', 'median latency, ms', positive)
  .option('--max-energy <mJ>', 'energy on the hardware profile, mJ', positive)
  .option('--max-memory <bytes>', 'memory on the hardware profile, bytes', positive)
  .option('--max-macs <count>', 'multiply-accumulates', positive)
  .option('--max-params <count>', 'parameters', positive)
  .option('--min-accuracy <fraction>', 'no less accurate than this', positive)
  .addOption(
    new Option('--order-by <score>', 'what best means').choices(['accuracy', 'predictedAccuracy']),
  )
  .addOption(evidence())
  .action((options: BestOptions) => best(options));

withApi(program.command('pareto').description('What nothing beats in several objectives at once'))
  .requiredOption('--search <id>')
  .requiredOption('--objectives <keys>', 'two to four, as in accuracy,latencyMs@pixel3,paramCount')
  .addOption(evidence())
  .option('--csv', 'answer as CSV', false)
  .action((options: ParetoOptions) => pareto(options));
estimateCommand(search);
queryCommand(program);
benchmarkCommands(program);

withApi(program.command('export <candidate>').description('Download a candidate as ONNX'))
  .requiredOption('--search <id>')
  .requiredOption('--output <file>')
  .action((id: string, options: ExportOptions) => exportModel(id, options));

const ofSearch = (command: Command): Command => withApi(command).requiredOption('--search <id>');

ofSearch(program.command('scores').description('What a zero-cost search has scored, best first'))
  .option('--limit <count>', 'how many, at most 200', count, 20)
  .option('--predicted', 'by predicted accuracy', false)
  .action((options: ScoresOptions) => scores(options));

ofSearch(
  program
    .command('labels')
    .description('Accuracies of your own')
    .command('import <file>')
    .description('Add labels from .csv or .ndjson, plain or .gz'),
)
  .option('--test', 'only compare with them, never learn from them', false)
  .option('--percent', 'accuracies are in %', false)
  .action((file: string, options: LabelsOptions) => importLabels(file, options));

const predictor = program.command('predictor').description('Predictors of accuracy');
ofSearch(predictor.command('fit').description('Learn from the labels, predict all that is scored'))
  .addOption(
    new Option('--name <name>', 'auto: whichever orders your labels best')
      .choices(PredictorName.options)
      .default('auto'),
  )
  .option('--seed <number>', 'of everything random', Number, 0)
  .action((options: FitOptions) => fitPredictor(options));
ofSearch(predictor.command('list').description('What was picked, and why')).action(
  (options: ReportOptions) => listPredictors(options),
);

ofSearch(
  program
    .command('report')
    .description('Rank correlations of every proxy and predictor with your labels'),
).action((options: ReportOptions) => report(options));

addHardwareCommands(program);

program
  .command('inspect <file>')
  .description('Count and time an ONNX model from anywhere, in a process of its own')
  .option('--input <name=sizes>', 'sizes of an input, as in x=1x3x224x224', collected, [])
  .option('--threads <count>', 'threads to run on', count, 1)
  .option('--runs <count>', 'timed runs', count, 100)
  .option('--max-size <MiB>', 'refuse a larger file', positive, 512)
  .option('--max-memory <MiB>', 'end a process that holds more', positive, 4096)
  .option('--timeout <seconds>', 'end a process that takes longer (exit status 124)', positive, 120)
  .option('--json', 'answer as one JSON line', false)
  .action((file: string, options: InspectOptions) => inspect(file, options));

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

// a reader that has enough, such as head, is no error
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

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
