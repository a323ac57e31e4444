/** @file Keys of measuring agents, and which signatures were seen: each is good once, within a window of time. */
import { NotFoundError } from '@sextant/common';
import type { CreateAgentKey, HardwareSource } from '@sextant/contracts';
import type { DataSource } from 'typeorm';
import { uuidV7 } from '../uuid';

export interface StoredAgentKey {
  readonly id: string;
  readonly profile: string;
  readonly name: string;
  readonly source: Exclude<HardwareSource, 'imported'>;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

/** Seconds by which the clocks of agent and database may differ, either way. */
export const signatureWindowSeconds = 300;

const columns = `id, profile_id as profile, name, source, created_at as "createdAt", last_used_at as "lastUsedAt",
  revoked_at as "revokedAt"`;

export class AgentKeyRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** @throws {NotFoundError} there is no such profile */
  create(
    profile: string,
    { name, source }: CreateAgentKey,
    signingKey: Buffer,
  ): Promise<StoredAgentKey> {
    return this.dataSource.transaction(async (manager) => {
      const [row] = await manager.query<{ ms: number }[]>(
        `select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as ms
         from hardware_profile where id = $1 for key share`,
        [profile],
      );
      if (!row) throw new NotFoundError(`there is no hardware profile ${profile}`);
      const [key] = await manager.query<StoredAgentKey[]>(
        `insert into agent_key (id, profile_id, name, source, signing_key) values ($1, $2, $3, $4, $5)
         returning ${columns}`,
        [uuidV7(row.ms), profile, name, source, signingKey],
      );
      return key as StoredAgentKey;
    });
  }

  /** Oldest first, the revoked ones too. */
  list(profile: string): Promise<StoredAgentKey[]> {
    return this.dataSource.query<StoredAgentKey[]>(
      `select ${columns} from agent_key where profile_id = $1 order by created_at, id`,
      [profile],
    );
  }

  /** Revoking twice is no error. @throws {NotFoundError} the profile has no such key */
  async revoke(profile: string, id: string): Promise<void> {
    const [rows] = await this.dataSource.query<[unknown[], number]>(
      `update agent_key set revoked_at = coalesce(revoked_at, now()) where profile_id = $1 and id = $2 returning id`,
      [profile, id],
    );
    if (rows.length === 0) {
      throw new NotFoundError(`hardware profile ${profile} has no agent key ${id}`);
    }
  }

  /** A key that is not revoked, with what verifies its signatures; null where there is none. */
  async find(id: string): Promise<(StoredAgentKey & { readonly signingKey: Buffer }) | null> {
    const [row] = await this.dataSource.query<(StoredAgentKey & { readonly signingKey: Buffer })[]>(
      `select ${columns}, signing_key as "signingKey" from agent_key where id = $1 and revoked_at is null`,
      [id],
    );
    return row ?? null;
  }

  /** Notes a verified signature, and forgets those too old to be accepted. */
  async accept(
    id: string,
    timestampMs: number,
    signature: string,
  ): Promise<'accepted' | 'stale' | 'replayed'> {
    const [clock] = await this.dataSource.query<{ fresh: boolean }[]>(
      `select abs(extract(epoch from now()) - $1::float8 / 1000) <= $2 as fresh`,
      [timestampMs, signatureWindowSeconds],
    );
    if (!clock?.fresh) return 'stale';
    await this.dataSource.query(
      `delete from agent_signature where seen_at < now() - $1 * interval '2 seconds'`,
      [signatureWindowSeconds],
    );
    const made = await this.dataSource.query<unknown[]>(
      `insert into agent_signature (signature) values (decode($1, 'hex')) on conflict do nothing returning 1`,
      [signature],
    );
    if (made.length === 0) return 'replayed';
    await this.dataSource.query(`update agent_key set last_used_at = now() where id = $1`, [id]);
    return 'accepted';
  }
}
