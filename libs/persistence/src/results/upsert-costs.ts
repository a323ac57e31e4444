/** @file Costs of candidates in a few statements: a measurement replaces a prediction, never the other way. */
import { NotFoundError } from '@sextant/common';
import type { CandidateCost } from '@sextant/contracts';
import type { EntityManager } from 'typeorm';

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
       insert into candidate_cost (search_id, cost, candidate_id, value, lower, upper, evidence, n, conditions, evaluated)
       select $1, cost, candidate_id, value, lower, upper, evidence, n, conditions,
         c.accuracy is not null and cost <> 'predictedAccuracy'
       from json_to_recordset($2) as given (${columns})
       join candidate c on c.search_id = $1 and c.id = given.candidate_id
       on conflict (search_id, cost, candidate_id) do update
         set value = excluded.value, lower = excluded.lower, upper = excluded.upper, n = excluded.n,
           evidence = excluded.evidence, conditions = excluded.conditions
         where candidate_cost.evidence = 'predicted' and (excluded.evidence <> 'predicted'
           or (candidate_cost.value, candidate_cost.lower, candidate_cost.upper, candidate_cost.conditions)
              is distinct from (excluded.value, excluded.lower, excluded.upper, excluded.conditions))
       returning 1)
     select count(*)::integer as count from written`,
    [searchId, given],
  );
  await mirrorPredictions(manager, searchId, given);
  return written?.count ?? 0;
}

/** The ranking by predicted accuracy is an index on `candidate`. */
const mirrorPredictions = (
  manager: EntityManager,
  searchId: string,
  given: string,
): Promise<unknown> =>
  manager.query(
    `update candidate set predicted_accuracy = stored.value
     from json_to_recordset($2) as given (candidate_id char(32), cost text)
     join candidate_cost stored on stored.search_id = $1 and stored.cost = given.cost
       and stored.candidate_id = given.candidate_id
     where given.cost = 'predictedAccuracy' and candidate.search_id = $1 and candidate.id = given.candidate_id
       and candidate.predicted_accuracy is distinct from stored.value`,
    [searchId, given],
  );
