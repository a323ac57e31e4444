/** @file `sextant benchmark import|list|get`: tables of trained accuracies and of devices, from published files. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { messageOf } from '@sextant/common';
import type { BenchmarkImport, BenchmarkView, TableImport } from '@sextant/contracts';
import { parse } from 'csv-parse/sync';
import { ApiClient } from '../api-client';
import { BenchmarkClient, tableType } from '../benchmark-client';
import { CommandFailed, exitStatus } from '../exit-status';
import { HardwareClient } from '../hardware/hardware-client';
import { benchmarkTable, importLines, profileLines } from '../output/benchmarks';
import type { ApiOptions } from './search.command';

const print = (text: string): void => void process.stdout.write(`${text}\n`);

function read(file: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(readFileSync(file));
  } catch (error) {
    throw new CommandFailed(`${file}: ${messageOf(error)}`, exitStatus.usage);
  }
}

/** Names in the first line of the table. */
function headerOf(file: string, content: Uint8Array): string[] {
  try {
    const text = tableType(content) === 'text/csv' ? content : gunzipSync(content);
    const [header = []] = parse(Buffer.from(text), { to_line: 1, bom: true });
    return header.map((name) => name.trim());
  } catch (error) {
    throw new CommandFailed(`${file}: ${messageOf(error)}`, exitStatus.usage);
  }
}

const slug = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');

/** Devices that a header names by their columns, as in `pixel3_latency`. */
export function devicesOf(header: readonly string[]): string[] {
  const found = header.flatMap((name) => /^(.+)_(?:latency|energy)$/.exec(name)?.[1] ?? []);
  return [...new Set(found)];
}

export interface ImportOptions extends ApiOptions {
  readonly accuracies?: string;
  readonly proxies?: string;
  readonly hardware?: string;
  readonly profilePrefix: string;
  readonly runtime: string;
  /** Between commas, as the columns name them. */
  readonly simulated?: string;
}

/** Registers a device where it is new; its numbers are a version of their own. */
async function importDevice(
  client: HardwareClient,
  device: string,
  content: Uint8Array<ArrayBuffer>,
  header: readonly string[],
  { profilePrefix, runtime, simulated = '' }: ImportOptions,
): Promise<TableImport> {
  const id = slug(`${profilePrefix}${device}`);
  const profiles = await client.list();
  if (!profiles.some((profile) => profile.id === id)) {
    await client.create({
      id,
      source: 'imported',
      space: 'nas-bench-201',
      keys: 'architecture',
      conditions: {
        device,
        runtime,
        batch: 1,
        threads: null,
        precision: 'unknown',
        measuredOn: null,
      },
    });
  }
  const columns = { latencyMs: `${device}_latency`, energyMj: `${device}_energy` };
  const query = Object.entries(columns).filter(([, column]) => header.includes(column));
  return client.importTable(id, content, tableType(content), {
    ...Object.fromEntries(query),
    space: 'nas-bench-201',
    keys: 'architecture',
    ...(simulated.split(',').includes(device) && { origin: 'simulator' }),
  });
}

export async function importBenchmark(id: string, options: ImportOptions): Promise<void> {
  const { url, json, accuracies, proxies, hardware } = options;
  if (!accuracies && !proxies && !hardware) {
    throw new CommandFailed(
      'nothing to import: --accuracies, --proxies, --hardware',
      exitStatus.usage,
    );
  }
  const api = new ApiClient(url);
  const client = new BenchmarkClient(api);
  const imports: BenchmarkImport[] = [];
  const devices: TableImport[] = [];
  if (accuracies) imports.push(await client.import(id, 'accuracies', read(accuracies)));
  if (proxies) imports.push(await client.import(id, 'proxies', read(proxies)));
  if (hardware) {
    const content = read(hardware);
    const header = headerOf(hardware, content);
    const names = devicesOf(header);
    if (names.length === 0) {
      const what = `${hardware}: no column <device>_latency or <device>_energy`;
      throw new CommandFailed(`${what}; for another table use sextant hw import`, exitStatus.usage);
    }
    const profiles = new HardwareClient(api);
    for (const name of names) {
      devices.push(await importDevice(profiles, name, content, header, options));
    }
  }
  if (json) return print(JSON.stringify({ imports, devices }));
  [...imports.flatMap(importLines), ...devices.flatMap(profileLines)].forEach(print);
}

export async function listBenchmarks({ url, json }: ApiOptions): Promise<void> {
  const items = await new BenchmarkClient(new ApiClient(url)).list();
  if (json) return print(JSON.stringify({ items }));
  if (items.length === 0) return print('No benchmark has been imported: sextant benchmark import');
  for (const { id, columns } of items)
    print(`${id}: ${columns.map(({ name }) => name).join(', ')}`);
}

export async function getBenchmark(id: string, { url, json }: ApiOptions): Promise<void> {
  const benchmark: BenchmarkView = await new BenchmarkClient(new ApiClient(url)).get(id);
  if (json) return print(JSON.stringify(benchmark));
  benchmarkTable(benchmark).forEach(print);
}
