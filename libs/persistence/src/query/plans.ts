/** @file Plans of the hot reads, for people to look at and for a test to hold: indexes only, at any size. */
import type { DataSource } from 'typeorm';
import { bestStatement, type BestRequest } from './best-query';
import { pageStatement } from './page-query';

const asked: BestRequest = {
  limits: [],
  minAccuracy: null,
  ranking: 'accuracy',
  evidence: 'measured',
  latency: 'latencyMs@pixel3',
  smallestOf: [],
};

const statements = (searchId: string) => ({
  'best-within-latency': bestStatement(searchId, {
    ...asked,
    latency: 'latencyMs',
    limits: [{ cost: 'latencyMs', max: 1 }],
  }),
  'best-on-profile': bestStatement(searchId, {
    ...asked,
    limits: [{ cost: 'latencyMs@pixel3', max: 1 }],
  }),
  'best-within-several': bestStatement(searchId, {
    ...asked,
    limits: [
      { cost: 'latencyMs@pixel3', max: 1 },
      { cost: 'paramCount', max: 100 },
    ],
  }),
  'page-by-accuracy': pageStatement(searchId, {
    sort: 'accuracy',
    limit: 51,
    after: { k1: -0.5, k2: 500, id: '' },
  }),
  'page-by-cost': pageStatement(searchId, {
    sort: 'latencyMs@pixel3',
    limit: 51,
    after: { k1: 1, k2: 0, id: '' },
  }),
});

/** Lines of the plan of each hot read, by its name. */
export async function hotPlans(
  dataSource: DataSource,
  searchId: string,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const plans: Record<string, string[]> = {};
  for (const [name, { text, values }] of Object.entries(statements(searchId))) {
    const rows = await dataSource.query<{ 'QUERY PLAN': string }[]>(`explain (costs off) ${text}`, [
      ...values,
    ]);
    plans[name] = rows.map((row) => row['QUERY PLAN'].replaceAll(searchId, '$search'));
  }
  return plans;
}
