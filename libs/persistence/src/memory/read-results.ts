/** @file Reads the numbers of all candidates of a search as they were at one moment. */
import { NotFoundError } from '@sextant/common';
import type { CostKey } from '@sextant/contracts';
import type { DataSource, QueryRunner } from 'typeorm';
import { buildIndex, float64s, type ResultColumns } from './build-index';
import { indexBytes, type CostColumn, type ResultsIndex } from './results-index';

const rowsPerStatement = 20_000;
const ownCosts = 3;

interface CandidateRow {
  readonly id: string;
  readonly macs: number;
  readonly paramCount: number;
  readonly latencyMs: number | null;
  readonly loss: number | null;
  readonly predictedLoss: number | null;
}

interface CostRow {
  readonly id: string;
  readonly value: number;
  readonly isPredicted: boolean;
}

/** Rows in the order of their ids, a statement for each part. */
async function* inParts<Row extends { readonly id: string }>(
  read: (after: string) => Promise<Row[]>,
): AsyncGenerator<Row[]> {
  for (let after = ''; ;) {
    const rows = await read(after);
    if (rows.length === 0) return;
    yield rows;
    after = rows.at(-1)!.id;
  }
}

/**
 * Null where the index would take more than `maxBytes`.
 * @throws {NotFoundError} there is no such search
 */
export async function readResults(
  dataSource: DataSource,
  searchId: string,
  maxBytes: number,
): Promise<ResultsIndex | null> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.startTransaction('REPEATABLE READ');
    const columns = await columnsOf(runner, searchId, maxBytes);
    await runner.commitTransaction();
    return columns && buildIndex(columns);
  } catch (error) {
    if (runner.isTransactionActive) await runner.rollbackTransaction();
    throw error;
  } finally {
    await runner.release();
  }
}

async function columnsOf(
  runner: QueryRunner,
  searchId: string,
  maxBytes: number,
): Promise<ResultColumns | null> {
  const [search] = (await runner.query(
    `select results_version as version, (select coalesce(sum(n), 0)::integer from ordering_block
       where search_id = $1 and ordering = 'macs') as count from search where id = $1`,
    [searchId],
  )) as { readonly version: number; readonly count: number }[];
  if (search === undefined) throw new NotFoundError(`there is no search ${searchId}`);
  const onProfiles = (await runner.query(
    `select distinct ordering as cost from ordering_block where search_id = $1 and ordering like '%@%'`,
    [searchId],
  )) as { readonly cost: CostKey }[];
  const { version, count } = search;
  if (indexBytes(count, ownCosts + onProfiles.length) > maxBytes) return null;
  const { ids, losses, costs } = await ownColumns(runner, searchId, count);
  for (const { cost } of onProfiles) costs.push(await costColumn(runner, searchId, cost, ids));
  return { version, ids, macs: costs[0]!.values, losses, costs };
}

async function ownColumns(runner: QueryRunner, searchId: string, count: number) {
  const ids = new Uint8Array(new SharedArrayBuffer(16 * count));
  const [macs, paramCount, latencyMs] = [float64s(count), float64s(count), float64s(count)];
  const losses = { accuracy: float64s(count), predictedAccuracy: float64s(count) };
  let row = 0;
  const parts = inParts(
    (after) =>
      runner.query(
        `select id, macs, param_count as "paramCount", latency_ms as "latencyMs", loss, predicted_loss as "predictedLoss"
         from candidate where search_id = $1 and id > $2::char(32) order by id limit ${rowsPerStatement}`,
        [searchId, after],
      ) as Promise<CandidateRow[]>,
  );
  for await (const part of parts) {
    for (const it of part) {
      ids.set(Buffer.from(it.id, 'hex'), 16 * row);
      macs[row] = it.macs;
      paramCount[row] = it.paramCount;
      latencyMs[row] = it.latencyMs ?? NaN;
      losses.accuracy[row] = it.loss ?? NaN;
      losses.predictedAccuracy[row] = it.predictedLoss ?? NaN;
      row++;
    }
  }
  const column = (cost: CostKey, values: Float64Array): CostColumn => ({
    ...{ cost, values, isPredicted: null },
  });
  const costs = [
    column('macs', macs),
    column('paramCount', paramCount),
    column('latencyMs', latencyMs),
  ];
  return { ids, losses, costs };
}

/** Both are in the order of the ids, so one pass brings them together. */
async function costColumn(
  runner: QueryRunner,
  searchId: string,
  cost: CostKey,
  ids: Uint8Array,
): Promise<CostColumn> {
  const count = ids.length / 16;
  const values = float64s(count).fill(NaN);
  const isPredicted = new Uint8Array(new SharedArrayBuffer(count));
  const known = Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength);
  const parts = inParts(
    (after) =>
      runner.query(
        `select candidate_id as id, value, evidence = 'predicted' as "isPredicted" from candidate_cost
         where search_id = $1 and cost = $2 and candidate_id > $3::char(32) order by candidate_id limit ${rowsPerStatement}`,
        [searchId, cost, after],
      ) as Promise<CostRow[]>,
  );
  let row = 0;
  for await (const part of parts) {
    for (const it of part) {
      const id = Buffer.from(it.id, 'hex');
      while (id.compare(known, 16 * row, 16 * row + 16) !== 0) row++;
      values[row] = it.value;
      isPredicted[row] = it.isPredicted ? 1 : 0;
    }
  }
  return { cost, values, isPredicted };
}
