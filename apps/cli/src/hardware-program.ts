/** @file The words of `sextant hw`. */
import { HardwareMetric, ValueOrigin } from '@sextant/contracts';
import { Option, type Command } from 'commander';
import {
  hwAdd,
  hwCosts,
  hwCreateKey,
  hwImport,
  hwList,
  hwListKeys,
  hwModels,
  hwRemove,
  hwReport,
  hwRevokeKey,
  type AddOptions,
  type CostsOptions,
  type CreateKeyOptions,
  type ImportOptions,
  type ModelsOptions,
} from './commands/hw.command';
import {
  hwAgent,
  hwMeasure,
  type AgentOptions,
  type MeasureOptions,
} from './commands/hw-measure.command';
import type { ApiOptions } from './commands/search.command';
import { collected, count, positive, withApi } from './options';

const withDevice = (command: Command): Command =>
  command
    .option('--name <text>', 'for people')
    .option('--device <text>', 'as its maker calls it')
    .option('--runtime <text>', 'with its version')
    .option('--batch <count>', 'images at a time', count)
    .option('--threads <count>', 'threads it ran on', count)
    .option('--precision <name>', 'float32, float16, bfloat16, int8, mixed or unknown')
    .option('--measured-on <date>', 'as 2026-11-24')
    .addOption(
      new Option('--origin <what>', 'what gave the numbers; a device unless told').choices(
        ValueOrigin.options,
      ),
    )
    .option('--space <name>', 'search space of the architectures, as nas-bench-201')
    .option('--blocks', 'the numbers are of blocks: a lookup table');

const withMeasuring = (command: Command): Command =>
  withApi(command)
    .requiredOption('--profile <id>', 'the device')
    .option('--device <text>', 'what to call this machine; its processor unless told')
    .option('--threads <count>', 'threads to run on', count, 1)
    .option('--batch <count>', 'images at a time', count, 1)
    .option('--runs <count>', 'timed runs of each repetition', count, 50)
    .option('--tolerance <percent>', 'two repetitions in a row must agree within', positive, 3)
    .option('--rounds <count>', 'repetitions before the machine counts as too noisy', count, 8)
    .option('--max-size <MiB>', 'refuse a larger model', positive, 512)
    .option('--max-memory <MiB>', 'end a process that holds more', positive, 4096)
    .option('--timeout <seconds>', 'for one model', positive, 300);

function addKeys(hw: Command): void {
  const key = hw.command('agent-key').description('Keys with which agents sign their results');
  withApi(key.command('create <profile>').description('Make a key; it is shown once'))
    .option('--name <text>', 'who measures', 'an agent')
    .action((id: string, options: CreateKeyOptions) => hwCreateKey(id, options));
  withApi(key.command('list <profile>').description('Keys of a device')).action(
    (id: string, options: ApiOptions) => hwListKeys(id, options),
  );
  withApi(key.command('revoke <profile> <key>').description('Refuse a key from now on')).action(
    (id: string, keyId: string, options: ApiOptions) => hwRevokeKey(id, keyId, options),
  );
}

export function addHardwareCommands(program: Command): void {
  const hw = program.command('hw').description('Devices: what architectures cost on them');
  withApi(hw.command('list').description('Devices and how much is known of each')).action(
    (options: ApiOptions) => hwList(options),
  );
  withDevice(withApi(hw.command('add <profile>').description('Register a device')))
    .addOption(
      new Option('--source <how>', 'where its numbers will come from')
        .choices(['imported', 'agent', 'measured'])
        .default('agent'),
    )
    .action((id: string, options: AddOptions) => hwAdd(id, options));
  withApi(hw.command('remove <profile>').description('Forget a device and its numbers')).action(
    (id: string, options: ApiOptions) => hwRemove(id, options),
  );
  withDevice(
    withApi(
      hw
        .command('import <profile> <file>')
        .description('Import a table (CSV or NDJSON, gzip too) as a new version'),
    ),
  )
    .option('--latency <column>', 'column of latencies in ms')
    .option('--energy <column>', 'column of energies in mJ')
    .option('--memory <column>', 'column of bytes')
    .option('--key <column>', 'column of the architectures or blocks')
    .addOption(new Option('--format <name>', 'of the file').choices(['csv', 'ndjson']))
    .option('--dry-run', 'report only, store nothing', false)
    .action((id: string, file: string, options: ImportOptions) => hwImport(id, file, options));
  withApi(hw.command('report <profile>').description('Versions, conditions, models')).action(
    (id: string, options: ApiOptions) => hwReport(id, options),
  );
  withApi(hw.command('models <profile>').description('Show or fit what predicts its costs'))
    .addOption(new Option('--fit <metric>', 'fit one').choices(HardwareMetric.options))
    .option('--search <id>', 'predict for every candidate of this search')
    .option('--rows <count>', 'fit on at most so many measurements', count)
    .option('--transfer-from <ids>', 'learn from these devices: auto, none, or ids as in a,b')
    .action((id: string, options: ModelsOptions) => hwModels(id, options));
  withApi(
    hw
      .command('costs <profile>')
      .description('Give candidates the costs that its table has of them'),
  )
    .requiredOption('--search <id>')
    .action((id: string, options: CostsOptions) => hwCosts(id, options));
  withMeasuring(hw.command('measure').description('Measure candidates of a search on this machine'))
    .requiredOption('--search <id>')
    .option('--top <count>', 'the so many best (10 unless told)', count)
    .option('--candidate <id>', 'this one; may be repeated', collected, [])
    .option('--again', 'also what has a measurement', false)
    .action((options: MeasureOptions) => hwMeasure(options));
  withMeasuring(hw.command('agent').description('Measure on this machine whatever is asked for'))
    .option('--key <token>', 'from agent-key create; SEXTANT_AGENT_KEY unless given')
    .option('--until-idle', 'end when nothing waits', false)
    .action((options: AgentOptions) => hwAgent(options));
  addKeys(hw);
}
