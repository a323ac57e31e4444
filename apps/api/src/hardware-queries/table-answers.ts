/** @file Answers from a benchmark and the table of a hardware profile: every row is a measurement, looked up. */
import { ValidationError } from '@sextant/common';
import {
  BenchmarkOptions,
  type CostLimits,
  type CreateHardwareQuery,
  type HardwareLimits,
  type QueryAnswer,
} from '@sextant/contracts';
import { asFaultOf, bestOfTable, type PreparedTable } from '@sextant/evaluation';
import type { TableCache } from './table-cache';

const counted: readonly (keyof HardwareLimits)[] = ['macs', 'paramCount'];

/** Limits by the keys under which a search knows them: those of a device carry its name. */
export function limitsOn(profileId: string, limits: HardwareLimits): CostLimits {
  const named = Object.entries(limits).flatMap(([name, limit]) => {
    if (limit === undefined) return [];
    const isCounted = counted.includes(name as keyof HardwareLimits);
    return [[isCounted ? name : `${name}@${profileId}`, limit]];
  });
  return Object.fromEntries(named) as CostLimits;
}

function requireAccuracy({ table: { select } }: PreparedTable): void {
  if (select.kind === 'accuracy' && select.split === 'validation') return;
  const message = `${select.name} is no validation accuracy; a test accuracy may be reported, not searched for`;
  throw new ValidationError(message, [{ pointer: '/select', message }]);
}

/** Always with the latency of the device, where it has one, so that the answer shows it. */
async function tableFor(
  tables: TableCache,
  profileId: string,
  benchmark: string,
  { select, report, limits }: CreateHardwareQuery,
): Promise<PreparedTable> {
  const load = (shown: readonly string[]) => {
    const named = { ...limitsOn(profileId, limits) };
    const options = { benchmark, select, report, limits: named, costs: shown };
    return tables.get(profileId, BenchmarkOptions.parse(options));
  };
  return load([`latencyMs@${profileId}`]).catch((error: unknown) => {
    if (limits.latencyMs !== undefined) return asFaultOf('/limits')(error);
    return load([]).catch(asFaultOf('/benchmark'));
  });
}

/** @throws {ValidationError} the benchmark, its columns, or numbers of the device are not there */
export async function answerFromTable(
  tables: TableCache,
  profileId: string,
  benchmark: string,
  query: CreateHardwareQuery,
): Promise<QueryAnswer> {
  await tables.benchmarks.get(benchmark).catch(asFaultOf('/benchmark'));
  if (query.orderBy !== 'accuracy') {
    const message = 'a benchmark has trained accuracies only: orderBy accuracy';
    throw new ValidationError(message, [{ pointer: '/orderBy', message }]);
  }
  const table = await tableFor(tables, profileId, benchmark, query);
  requireAccuracy(table);
  const { limits, minAccuracy, finalists } = query;
  return bestOfTable(table, { limits: limitsOn(profileId, limits), minAccuracy, finalists });
}
