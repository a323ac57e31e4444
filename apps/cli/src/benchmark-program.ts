/** @file The words of `sextant benchmark`, `sextant query` and `sextant search estimate`. */
import type { Command } from 'commander';
import {
  getBenchmark,
  importBenchmark,
  listBenchmarks,
  type ImportOptions,
} from './commands/benchmark.command';
import { estimate, query, type QueryOptions } from './commands/query.command';
import type { ApiOptions } from './commands/search.command';
import { count, positive, withApi } from './options';

export function benchmarkCommands(program: Command): void {
  const benchmark = program
    .command('benchmark')
    .description('Tables of trained accuracies, to search instead of training');
  withApi(benchmark.command('import <id>').description('Add tables from .csv or .csv.gz files'))
    .option('--accuracies <file>', 'accuracies in %, one NAS-Bench-201 cell a row')
    .option('--proxies <file>', 'scores without training, one cell a row')
    .option('--hardware <file>', 'columns <device>_latency (ms) and <device>_energy (mJ)')
    .option('--profile-prefix <text>', 'before the id of each device', '')
    .option('--runtime <text>', 'what the devices ran', 'not said')
    .option('--simulated <devices>', 'those whose numbers a simulator gave, as in eyeriss,fpga')
    .action((id: string, options: ImportOptions) => importBenchmark(id, options));
  withApi(benchmark.command('list').description('Benchmarks and their columns')).action(
    (options: ApiOptions) => listBenchmarks(options),
  );
  withApi(benchmark.command('get <id>').description('One benchmark, column by column')).action(
    (id: string, options: ApiOptions) => getBenchmark(id, options),
  );
}

export function queryCommand(program: Command): void {
  withApi(program.command('query').description('The most accurate that fits a device'))
    .requiredOption('--hardware <id>', 'hardware profile')
    .option('--benchmark <id>', 'among the architectures of a benchmark')
    .option('--search <id>', 'among the candidates of a search')
    .option('--max-latency <ms>', 'latency on the device', positive)
    .option('--max-energy <mJ>', 'energy on the device', positive)
    .option('--max-memory <bytes>', 'memory on the device', positive)
    .option('--max-macs <count>', 'multiply-accumulates', positive)
    .option('--max-params <count>', 'parameters', positive)
    .option('--min-accuracy <fraction>', 'at least so accurate', positive)
    .option('--select <column>', 'accuracy of a benchmark to go by')
    .option('--order-by <score>', 'accuracy, or predictedAccuracy of a search')
    .option('--finalists <count>', 'listed, and measured at a time where they are not', count)
    .option('--no-measure', 'answer from what is known, also by prediction')
    .action((options: QueryOptions) => query(options));
}

export function estimateCommand(search: Command): void {
  withApi(
    search
      .command('estimate <file>')
      .description('Can its limits be met, and how long would it take; starts nothing'),
  ).action((file: string, options: ApiOptions) => estimate(file, options));
}
