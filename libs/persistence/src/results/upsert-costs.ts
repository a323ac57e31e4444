/** @file Costs of candidates in a few statements: a stronger kind of evidence replaces a weaker, never the other way. */
import { NotFoundError } from '@sextant/common';
import type { CandidateCost } from '@sextant/contracts';
import type { EntityManager } from 'typeorm';
import { markCosts } from './mark-costs';

/** Of several for one candidate and cost, the first that is not a prediction; else the last prediction. */
export function oneOfEach(costs: readonly CandidateCost[]): CandidateCost[] {
  const chosen = new Map<string, CandidateCost>();
  for (const it of costs) {
    const key = `${it.candidateId} ${it.cost}`;
    if ((chosen.get(key)?.evidence ?? 'predicted') === 'predicted') chosen.set(key, it);
  }
  return [...chosen.values()];
}

const columns = `candidate_id char(32), cost text, value float8, lower float8, upper float8, evidence text,
  n integer, conditions jsonb`;

const rowOf = ({ candidateId, ...rest }: CandidateCost) => ({ candidate_id: candidateId, ...rest });

/**
 * Stores the costs; what says nothing new writes nothing. Runs under the lock of the results.
 * @returns how many rows were written
 * @throws {NotFoundError} a candidate is not of the search
 */
export async function upsertCosts(
  manager: EntityManager,
  searchId: string,
  costs: readonly CandidateCost[],
): Promise<number> {
  const given = JSON.stringify(costs.map(rowOf));
  const [missing] = await manager.query<{ id: string }[]>(
    `select given.candidate_id as id from json_to_recordset($2) as given (candidate_id char(32))
     where not exists (select from candidate c where c.search_id = $1 and c.id = given.candidate_id) limit 1`,
    [searchId, given],
  );
  if (missing) throw new NotFoundError(`search ${searchId} has no candidate ${missing.id}`);
  const [written] = await manager.query<{ count: number }[]>(
    `with written as (
       insert into candidate_cost (search_id, cost, candidate_id, value, lower, upper, evidence, n, conditions,
         loss, predicted_loss)
       select $1, cost, candidate_id, value, lower, upper, evidence, n, conditions,
         c.loss, c.predicted_loss
       from json_to_recordset($2) as given (${columns})
       cross join lateral (select loss, predicted_loss from candidate
         where search_id = $1 and id = given.candidate_id limit 1) c
       on conflict (search_id, cost, candidate_id) do update
         set value = excluded.value, lower = excluded.lower, upper = excluded.upper, n = excluded.n,
           evidence = excluded.evidence, conditions = excluded.conditions
         where candidate_cost.evidence in ('simulated','estimated') and excluded.evidence = 'measured'
           or candidate_cost.evidence = 'predicted' and (excluded.evidence <> 'predicted' or (candidate_cost.value, candidate_cost.lower, candidate_cost.upper, candidate_cost.conditions)
              is distinct from (excluded.value, excluded.lower, excluded.upper, excluded.conditions))
       returning 1)
     select count(*)::integer as count from written`,
    [searchId, given],
  );
  const predicted = costs.filter(({ cost }) => cost === 'predictedAccuracy');
  if (predicted.length > 0) {
    const ids = predicted.map(({ candidateId }) => candidateId);
    await mirrorPredictions(manager, searchId, ids);
    await markCosts(manager, searchId, ids);
  }
  return written?.count ?? 0;
}

const prediction = `(select value from candidate_cost p where p.search_id = c.search_id and p.candidate_id = c.id
  and p.cost = 'predictedAccuracy')`;

/** The ranking by predicted accuracy is an index on `candidate`. */
const mirrorPredictions = (
  manager: EntityManager,
  searchId: string,
  ids: readonly string[],
): Promise<unknown> =>
  manager.query(
    `update candidate c set predicted_accuracy = ${prediction}
     where c.search_id = $1 and c.id = any($2::char(32)[]) and c.predicted_accuracy is distinct from ${prediction}`,
    [searchId, ids],
  );
