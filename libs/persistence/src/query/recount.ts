/** @file Blocks and floors of a whole search counted anew, one statement an ordering: each is read once and cut as it is read. */
import type { EntityManager } from 'typeorm';
import { markAllCosts } from '../results/mark-costs';
import { usual } from './blocks';
import { isLatency, isRanking, orderingOf, type OrderingKey } from './orderings';

/** Whole tables are joined here, unlike anywhere else: `data-source.ts`. */
const settings = `set local enable_hashjoin = on; set local enable_seqscan = on; set local enable_bitmapscan = on;
  set local work_mem = '128MB'`;

/** Counts everything anew, as after rows were written past `record` and `recordCosts`. */
export async function recount(manager: EntityManager, searchId: string): Promise<void> {
  await manager.query(settings);
  await markAllCosts(manager, searchId);
  await manager.query(`delete from ordering_block where search_id = $1`, [searchId]);
  await manager.query(`delete from ordering_floor where search_id = $1`, [searchId]);
  const orderings = await manager.query<{ ordering: OrderingKey }[]>(
    `select distinct ordering from candidate c cross join lateral (values ('accuracy', c.loss),
       ('predictedAccuracy', c.predicted_loss), ('macs', c.macs), ('paramCount', c.param_count),
       ('latencyMs', c.latency_ms)) as it (ordering, k1)
     where c.search_id = $1 and k1 is not null
     union all
     select distinct cost from candidate_cost where search_id = $1 and cost <> 'predictedAccuracy'`,
    [searchId],
  );
  for (const { ordering } of orderings)
    await manager.query(countStatement(ordering), [searchId, ordering]);
}

function countStatement(key: OrderingKey): string {
  const { table, id, k1, k2, members, isMeasured } = orderingOf(key);
  const own = table === 'candidate' ? ', e.macs, e.param_count, e.latency_ms' : '';
  const floors = floorsOf(key);
  return `
    with member as materialized (
      select ${k1} as k1, ${k2 ?? '0::float8'} as k2, ${id} as id, ${isMeasured} as measured, e.loss, e.predicted_loss,
        row_number() over (order by ${k1}, ${k2 ?? '0'}, ${id}) - 1 as at ${own}
      from ${table} e where e.search_id = $1 and ${members.replace('$ordering', '$2::text')}),
    piece as materialized (
      select at / ${usual} as piece, coalesce(max(k1) filter (where at > 0 and at % ${usual} = 0), '-Infinity') as k1,
        coalesce(max(k2) filter (where at > 0 and at % ${usual} = 0), 0) as k2,
        coalesce(max(id) filter (where at > 0 and at % ${usual} = 0), '') as id, count(*) as n, count(loss) as evaluated,
        count(loss) filter (where measured) as evaluated_measured, count(predicted_loss) as predicted,
        count(predicted_loss) filter (where measured) as predicted_measured
      from member group by at / ${usual}),
    block as (
      insert into ordering_block
      select $1::uuid, $2::text, k1, k2, id, n, evaluated, evaluated_measured, predicted, predicted_measured
      from piece returning 1)
    ${
      floors === null
        ? 'select count(*) from block'
        : `insert into ordering_floor
           select $1::uuid, $2::text, cost, k1, k2, id, lowest, lowest_measured
           from (${floors}) it join piece using (piece) where lowest is not null`
    }`;
}

/** The lowest of each cost, or of each loss, in each piece; null for an ordering that keeps none. */
function floorsOf(key: OrderingKey): string | null {
  const piece = `at / ${usual} as piece`;
  if (isRanking(key)) {
    const own = ['macs', 'param_count', 'latency_ms']
      .map((column) => `min(${column}) as ${column}`)
      .join(', ');
    return `
      select piece, cost, lowest, lowest as lowest_measured
      from (select ${piece}, ${own} from member group by 1) least cross join lateral (values ('macs', macs),
        ('paramCount', param_count), ('latencyMs', latency_ms)) as it (cost, lowest)
      union all
      select ${piece}, cost, min(value), min(value) filter (where evidence <> 'predicted')
      from member join candidate_cost c on c.search_id = $1 and c.candidate_id = member.id
      where cost <> 'predictedAccuracy' group by 1, 2`;
  }
  if (!isLatency(key)) return null;
  const of = (cost: string, loss: string): string => `
    select ${piece}, '${cost}', min(${loss}) as lowest, min(${loss}) filter (where measured) as lowest_measured
    from member group by 1`;
  return `select * from (${of('accuracy', 'loss')} union all ${of('predictedAccuracy', 'predicted_loss')})
    as it (piece, cost, lowest, lowest_measured)`;
}
