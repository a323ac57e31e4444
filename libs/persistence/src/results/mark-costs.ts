/** @file Costs carry the scores of their candidate, so that counting them, or seeking the better, needs no look at it. */
import type { EntityManager } from 'typeorm';

const of = (column: string): string => `(select c.${column} from candidate c
  where c.search_id = cost.search_id and c.id = cost.candidate_id)`;

const stale = `cost.search_id = $1 and (cost.loss is distinct from ${of('loss')}
  or cost.predicted_loss is distinct from ${of('predicted_loss')})`;
const carry = `update candidate_cost cost set loss = ${of('loss')}, predicted_loss = ${of('predicted_loss')}`;

export const markCosts = (
  manager: EntityManager,
  searchId: string,
  ids: readonly string[],
): Promise<unknown> =>
  manager.query(`${carry} where ${stale} and cost.candidate_id = any($2::char(32)[])`, [
    searchId,
    ids,
  ]);

export const markAllCosts = (manager: EntityManager, searchId: string): Promise<unknown> =>
  manager.query(`${carry} where ${stale}`, [searchId]);
