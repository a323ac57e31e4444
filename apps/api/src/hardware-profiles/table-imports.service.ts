/** @file Tables of others: read to the end, accounted for row by row, then stored whole as a version of a profile. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { TableImport, TableImportQuery } from '@sextant/contracts';
import { TableReader, type TableRequest } from '@sextant/hardware';
import {
  currentVersion,
  HardwareProfileRepository,
  type ImportedTable,
  type StoredHardwareProfile,
} from '@sextant/persistence';
import { jsonLinesOf, type JsonLine } from '../http/ndjson-body';
import { recordsOf, type TableBody } from '../http/table-body';
import { profileDetail } from './hardware-profile.view';

@Injectable()
export class TableImportsService {
  constructor(
    @Inject(HardwareProfileRepository) private readonly profiles: HardwareProfileRepository,
  ) {}

  /**
   * @throws {TableRefusedError} no row can be used: nothing is stored
   * @throws {ValidationError} it is no table, or its columns are not recognised: nothing is stored
   */
  async import(id: string, query: TableImportQuery, body: TableBody): Promise<TableImport> {
    const profile = await this.profiles.get(id);
    const description = describe(profile, query);
    const request: TableRequest = {
      profile: id,
      keys: description.keys,
      space: description.space,
      keyColumn: query.key,
      columns: {
        latencyMs: query.latencyMs,
        energyMj: query.energyMj,
        memoryBytes: query.memoryBytes,
      },
    };
    const { rows, report } = await read(new TableReader(request), query, body);
    if (query.dryRun) return { profile: profileDetail(profile), version: null, report };
    const version = await this.profiles.importTable(id, { ...description, origin: report, rows });
    return { profile: profileDetail(await this.profiles.get(id)), version, report };
  }
}

/** What the newest version says, but for what the caller knows better. */
function describe(
  profile: StoredHardwareProfile,
  query: TableImportQuery,
): Omit<ImportedTable, 'origin' | 'rows'> {
  const newest = profile.versions[0] ?? currentVersion(profile);
  const { origin: before, ...conditions } = newest.conditions;
  const { runtime = conditions.runtime, measuredOn = conditions.measuredOn } = query;
  const origin = query.origin ?? before;
  return {
    keys: query.keys ?? newest.keys,
    space: query.space ?? newest.space,
    conditions: {
      ...conditions,
      runtime,
      measuredOn,
      ...(origin && origin !== 'device' && { origin }),
    },
  };
}

/** Naming a cell costs some 70 µs: after so many rows others get their turn. */
const rowsPerTurn = 128;

async function read(reader: TableReader, query: TableImportQuery, body: TableBody) {
  let rows = 0;
  for await (const { record, line } of recordsIn(query, body)) {
    reader.add(record, line);
    if (++rows % rowsPerTurn === 0) await nextTurn();
  }
  return reader.finish();
}

async function* recordsIn(
  { format }: TableImportQuery,
  body: TableBody,
): AsyncGenerator<JsonLine, void, undefined> {
  if (body.isNdjson || format === 'ndjson') {
    yield* jsonLinesOf(body);
    return;
  }
  let header: readonly string[] | undefined;
  for await (const { fields, line } of recordsOf(body, { mayDiffer: true })) {
    if (header) yield { record: recordOf(header, fields), line };
    else header = fields.map((name) => name.trim());
  }
}

/** null where the row has another number of fields than the header. */
const recordOf = (header: readonly string[], fields: readonly string[]) =>
  fields.length === header.length
    ? Object.fromEntries(header.map((name, at) => [name, fields[at]]))
    : null;
