/** @file Queries to hardware profiles: asked once per idempotency key, answered once. */
import { IdempotencyMismatchError, NotFoundError } from '@sextant/common';
import type { CreateHardwareQuery, QueryAnswer } from '@sextant/contracts';
import type { DataSource, EntityManager } from 'typeorm';
import { uuidV7 } from '../uuid';
import type { Idempotency } from './search.repository';

export interface StoredHardwareQuery {
  readonly id: string;
  readonly profileId: string;
  readonly version: number;
  readonly query: CreateHardwareQuery;
  /** The work that has to be done before it can be answered; null where there was none. */
  readonly measurementRequestId: string | null;
  /** So many requests it has waited for. */
  readonly rounds: number;
  readonly answer: QueryAnswer | null;
  readonly createdAt: Date;
  readonly answeredAt: Date | null;
}

const fields = `id, profile_id as "profileId", version, query, measurement_request_id as "measurementRequestId", rounds,
  answer, created_at as "createdAt", answered_at as "answeredAt"`;

export class HardwareQueryRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Stores the question; under a key that was used before, the first one is given back.
   * @throws {IdempotencyMismatchError} the key was used for another question
   */
  create(
    profileId: string,
    version: number,
    query: CreateHardwareQuery,
    bodySha256: string,
    key: string | null,
  ): Promise<{ readonly stored: StoredHardwareQuery; readonly replayed: boolean }> {
    return this.dataSource.transaction(async (manager) => {
      const earlier = key && (await earlierQuestion(manager, { key, bodySha256 }));
      if (earlier) return { stored: earlier, replayed: true };
      const [clock] = await manager.query<{ ms: number }[]>(
        `select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as ms`,
      );
      const [stored] = await manager.query<StoredHardwareQuery[]>(
        `insert into hardware_query (id, profile_id, version, query, body_sha256, idempotency_key)
         values ($1, $2, $3, $4, $5, $6) returning ${fields}`,
        [uuidV7(clock?.ms ?? 0), profileId, version, query, bodySha256, key],
      );
      return { stored: stored as StoredHardwareQuery, replayed: false };
    });
  }

  /** @throws {NotFoundError} the profile was never asked this */
  async get(profileId: string, id: string): Promise<StoredHardwareQuery> {
    const [found] = await this.dataSource.query<StoredHardwareQuery[]>(
      `select ${fields} from hardware_query where profile_id = $1 and id = $2`,
      [profileId, id],
    );
    if (!found) throw new NotFoundError(`hardware profile ${profileId} has no query ${id}`);
    return found;
  }

  /** Another round: the query waits for this request, once however often it is said. */
  async wait(
    { profileId, id }: StoredHardwareQuery,
    requestId: string,
  ): Promise<StoredHardwareQuery> {
    await this.dataSource.query(
      `update hardware_query set measurement_request_id = $2, rounds = rounds + 1
       where id = $1 and answer is null and measurement_request_id is distinct from $2`,
      [id, requestId],
    );
    return this.get(profileId, id);
  }

  /** The first answer stays, whoever gives it. */
  async answer(profileId: string, id: string, answer: QueryAnswer): Promise<StoredHardwareQuery> {
    await this.dataSource.query(
      `update hardware_query set answer = $2, answered_at = now() where id = $1 and answer is null`,
      [id, answer],
    );
    return this.get(profileId, id);
  }
}

async function earlierQuestion(
  manager: EntityManager,
  { key, bodySha256 }: Idempotency,
): Promise<StoredHardwareQuery | null> {
  await manager.query(`select pg_advisory_xact_lock(hashtextextended($1, 1))`, [key]);
  const [row] = await manager.query<(StoredHardwareQuery & { bodySha256: string })[]>(
    `select ${fields}, body_sha256 as "bodySha256" from hardware_query where idempotency_key = $1`,
    [key],
  );
  if (row && row.bodySha256 !== bodySha256) {
    throw new IdempotencyMismatchError(
      'this Idempotency-Key was used with another body; use a new key',
    );
  }
  return row ?? null;
}
