/** @file Candidates and their measurements in a few statements, however many there are. */
import type { EvaluatedCandidate } from '@sextant/contracts';
import type { EntityManager } from 'typeorm';
import { markCosts } from './mark-costs';

const candidateRow = (candidate: EvaluatedCandidate) => ({
  id: candidate.id,
  encoding: candidate.encoding,
  architecture: candidate.architecture,
  macs: candidate.macs,
  param_count: candidate.paramCount,
  model_sha256: candidate.model?.sha256 ?? null,
  model_bytes: candidate.model?.bytes ?? null,
});

const measurementRows = ({ id, measurements }: EvaluatedCandidate) =>
  measurements.map((measurement) => ({ candidate_id: id, ...measurement }));

/** Stores what is not there yet; what is there stays as it is. Runs under the lock of the results. */
export async function insertCandidates(
  manager: EntityManager,
  searchId: string,
  epoch: number,
  candidates: readonly EvaluatedCandidate[],
): Promise<void> {
  await manager.query(
    `insert into candidate (search_id, id, encoding, architecture, macs, param_count, model_sha256, model_bytes)
     select $1, id, encoding, architecture, macs, param_count, model_sha256, model_bytes
     from json_to_recordset($2) as given (id char(32), encoding integer[], architecture jsonb, macs float8,
       param_count integer, model_sha256 text, model_bytes integer)
     on conflict (search_id, id) do nothing`,
    [searchId, JSON.stringify(candidates.map(candidateRow))],
  );
  await manager.query(
    `insert into measurement (search_id, candidate_id, metric, split, fidelity, seed, value, lower, upper, n, unit,
       details, lease_epoch)
     select $1, candidate_id, metric, split, fidelity, seed, value, lower, upper, n, unit, details, $3
     from json_to_recordset($2) as given (candidate_id char(32), metric text, split text, fidelity text,
       seed bigint, value float8, lower float8, upper float8, n integer, unit text, details jsonb)
     on conflict do nothing`,
    [searchId, JSON.stringify(candidates.flatMap(measurementRows)), epoch],
  );
  await setScores(
    manager,
    searchId,
    candidates.map(({ id }) => id),
  );
}

const earliest = (metric: string): string =>
  `(select m.value from measurement m where m.search_id = c.search_id and m.candidate_id = c.id and ${metric}
    order by m.created_at, m.fidelity, m.seed limit 1)`;

/** The first of each that was stored is what a candidate is ranked and limited by, for good. */
async function setScores(
  manager: EntityManager,
  searchId: string,
  ids: readonly string[],
): Promise<void> {
  await manager.query(
    `update candidate c set
       accuracy = coalesce(c.accuracy, ${earliest(`metric = 'accuracy' and split = 'validation'`)}),
       latency_ms = coalesce(c.latency_ms, ${earliest(`metric = 'latencyMs'`)})
     where c.search_id = $1 and c.id = any($2::char(32)[]) and (c.accuracy is null or c.latency_ms is null)
       and exists (select from measurement m where m.search_id = c.search_id and m.candidate_id = c.id)`,
    [searchId, ids],
  );
  await markCosts(manager, searchId, ids);
}
