/** @file `sextant hw list|add|remove|import|report|models|agent-key`: devices and their numbers from a shell. */
import { readFileSync } from 'node:fs';
import { messageOf } from '@sextant/common';
import {
  CreateHardwareProfile,
  FitHardwareModel,
  parseAs,
  type HardwareMetric,
  type HardwareProfileView,
  type ValueOrigin,
} from '@sextant/contracts';
import { ApiClient } from '../api-client';
import { CommandFailed, exitStatus } from '../exit-status';
import { HardwareClient } from '../hardware/hardware-client';
import {
  agentKeyTable,
  modelLines,
  profileTable,
  recordedLines,
  reportLines,
  tableReportLines,
} from '../output/hardware';
import type { ApiOptions } from './search.command';

const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** One JSON line, or lines for people. */
const show = (json: boolean | undefined, value: unknown, lines: () => readonly string[]): void => {
  if (json) print(JSON.stringify(value));
  else lines().forEach(print);
};

export const hardwareAt = (url: string): HardwareClient => new HardwareClient(new ApiClient(url));

export async function hwList({ url, json }: ApiOptions): Promise<void> {
  const profiles: HardwareProfileView[] = await hardwareAt(url).list();
  show(json, profiles, () =>
    profiles.length > 0
      ? profileTable(profiles)
      : ['no device yet; add one with: sextant hw add, sextant hw import or sextant hw measure'],
  );
}

export interface DeviceOptions {
  readonly name?: string;
  readonly device?: string;
  readonly runtime?: string;
  readonly batch?: number;
  readonly threads?: number;
  readonly precision?: string;
  readonly measuredOn?: string;
  readonly origin?: ValueOrigin;
  readonly space?: string;
  readonly blocks?: boolean;
}

/** @throws {CommandFailed} `usage`: it does not describe a device */
function profileSpec(id: string, source: string, it: DeviceOptions): CreateHardwareProfile {
  const spec = {
    id,
    source,
    ...(it.name !== undefined && { name: it.name }),
    ...(it.space !== undefined && { space: it.space }),
    keys: it.blocks ? 'block' : 'architecture',
    conditions: {
      device: it.device,
      runtime: it.runtime,
      ...(it.batch !== undefined && { batch: it.batch }),
      ...(it.threads !== undefined && { threads: it.threads }),
      ...(it.precision !== undefined && { precision: it.precision }),
      ...(it.measuredOn !== undefined && { measuredOn: it.measuredOn }),
      ...(it.origin !== undefined && it.origin !== 'device' && { origin: it.origin }),
    },
  };
  try {
    return parseAs(CreateHardwareProfile, spec, 'the device');
  } catch (error) {
    throw new CommandFailed(messageOf(error), exitStatus.usage);
  }
}

export interface AddOptions extends ApiOptions, DeviceOptions {
  readonly source: string;
}

export async function hwAdd(id: string, options: AddOptions): Promise<void> {
  const profile = await hardwareAt(options.url).create(profileSpec(id, options.source, options));
  show(options.json, profile, () => [
    `${id}: version 1, empty`,
    `Fill it with: sextant hw import ${id} FILE, or sextant hw agent-key create ${id}`,
  ]);
}

export async function hwRemove(id: string, { url, json }: ApiOptions): Promise<void> {
  await hardwareAt(url).remove(id);
  show(json, { removed: id }, () => [`${id} is forgotten`]);
}

export interface ImportOptions extends ApiOptions, DeviceOptions {
  readonly latency?: string;
  readonly energy?: string;
  readonly memory?: string;
  readonly key?: string;
  readonly format?: 'csv' | 'ndjson';
  readonly dryRun: boolean;
}

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

function readTable(file: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(readFileSync(file));
  } catch (error) {
    throw new CommandFailed(`${file}: ${messageOf(error)}`, exitStatus.usage);
  }
}

/** A device that is described and not there yet is registered first. */
export async function hwImport(id: string, file: string, options: ImportOptions): Promise<void> {
  const hardware = hardwareAt(options.url);
  const table = readTable(file);
  const format = options.format ?? (/\.(nd)?jsonl?(\.gz)?$/.test(file) ? 'ndjson' : 'csv');
  const plainType = format === 'csv' ? 'text/csv' : 'application/x-ndjson';
  if (options.device !== undefined && !(await isKnown(hardware, id))) {
    await hardware.create(profileSpec(id, 'imported', options));
  }
  const query = {
    format,
    latencyMs: options.latency,
    energyMj: options.energy,
    memoryBytes: options.memory,
    key: options.key,
    space: options.space,
    keys: options.blocks ? 'block' : undefined,
    runtime: options.runtime,
    measuredOn: options.measuredOn,
    origin: options.origin,
    dryRun: options.dryRun ? 'true' : undefined,
  };
  const given = Object.entries(query).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const mediaType = isGzip(table) ? 'application/gzip' : plainType;
  const answer = await hardware.importTable(id, table, mediaType, Object.fromEntries(given));
  show(options.json, answer, () => [
    answer.version === null ? 'tried, nothing stored' : `${id}: version ${answer.version}`,
    ...tableReportLines(answer.report),
  ]);
}

const isKnown = async (hardware: HardwareClient, id: string): Promise<boolean> =>
  (await hardware.list()).some((profile) => profile.id === id);

export async function hwReport(id: string, { url, json }: ApiOptions): Promise<void> {
  const profile = await hardwareAt(url).get(id);
  show(json, profile, () => reportLines(profile));
}

export interface ModelsOptions extends ApiOptions {
  readonly fit?: HardwareMetric;
  readonly search?: string;
  readonly rows?: number;
  readonly transferFrom?: string;
}

/** `auto`, `none`, or ids between commas. */
const known = (text: string): string | string[] =>
  text === 'auto' || text === 'none' ? text : text.split(',').map((id) => id.trim());

export async function hwModels(id: string, options: ModelsOptions): Promise<void> {
  const hardware = hardwareAt(options.url);
  if (options.fit === undefined) {
    const { versions } = await hardware.get(id);
    const models = versions.flatMap((version) => version.models);
    return show(options.json, models, () =>
      models.length > 0
        ? models.flatMap(modelLines)
        : [`no model yet; fit one with: sextant hw models ${id} --fit latencyMs`],
    );
  }
  let spec: FitHardwareModel;
  try {
    const { fit: metric, search: searchId, rows, transferFrom } = options;
    spec = parseAs(
      FitHardwareModel,
      {
        metric,
        ...(searchId && { searchId }),
        ...(rows && { rows }),
        ...(transferFrom && { transferFrom: known(transferFrom) }),
      },
      'the model',
    );
  } catch (error) {
    throw new CommandFailed(messageOf(error), exitStatus.usage);
  }
  const fitted = await hardware.fitModel(id, spec);
  show(options.json, fitted, () => [
    ...modelLines(fitted.model),
    ...(fitted.predicted === null
      ? []
      : [`${fitted.predicted} candidates have the prediction as a cost ${spec.metric}@${id}`]),
  ]);
}

export interface CostsOptions extends ApiOptions {
  readonly search: string;
}

export async function hwCosts(id: string, { url, json, search }: CostsOptions): Promise<void> {
  const costs = await hardwareAt(url).recordCosts(id, search);
  show(json, costs, () => recordedLines(costs));
}

export interface CreateKeyOptions extends ApiOptions {
  readonly name: string;
}

export async function hwCreateKey(
  id: string,
  { url, json, name }: CreateKeyOptions,
): Promise<void> {
  const key = await hardwareAt(url).createKey(id, { name, source: 'agent' });
  show(json, key, () => [
    key.token,
    'This is shown once. On the device: SEXTANT_AGENT_KEY=… sextant hw agent ' +
      `--url ${url} --profile ${id}`,
  ]);
}

export async function hwListKeys(id: string, { url, json }: ApiOptions): Promise<void> {
  const keys = await hardwareAt(url).keys(id);
  show(json, keys, () => agentKeyTable(keys));
}

export async function hwRevokeKey(
  id: string,
  key: string,
  { url, json }: ApiOptions,
): Promise<void> {
  await hardwareAt(url).revokeKey(id, key);
  show(json, { revoked: key }, () => [`${key} is refused from now on`]);
}
