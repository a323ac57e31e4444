/** @file Candidates: recorded once however often they are delivered, listed in rank order, asked for within limits. */
import { LeaseLostError, NotFoundError } from '@sextant/common';
import type { EvaluatedCandidate, Measurement } from '@sextant/contracts';
import { In, type DataSource, type EntityManager } from 'typeorm';
import { CandidateEntity, MeasurementEntity } from '../entities/candidate.entity';

/** A candidate with all that was measured on it. */
export interface StoredCandidate extends Readonly<CandidateEntity> {
  readonly measurements: readonly Measurement[];
  /** 1 = best; ties by fewer MACs, then id. */
  readonly rank: number;
}

export interface Limits {
  readonly maxLatencyMs?: number | undefined;
  readonly maxMacs?: number | undefined;
  readonly maxParams?: number | undefined;
}

export type BestAnswer =
  | {
      readonly feasible: true;
      readonly candidate: StoredCandidate;
      readonly feasibleCount: number;
      readonly evaluatedCount: number;
      readonly slower: StoredCandidate | null;
      readonly faster: StoredCandidate | null;
    }
  | {
      readonly feasible: false;
      readonly evaluatedCount: number;
      readonly smallest: {
        readonly latencyMs: number | null;
        readonly macs: number | null;
        readonly paramCount: number | null;
      };
    };

/** Position after a candidate of the ranked list. */
export interface RankCursor {
  readonly accuracy: number;
  readonly macs: number;
  readonly id: string;
}

const ranked = `select id, rank() over (order by accuracy desc, macs, id)::integer as rank, accuracy, macs,
    latency_ms, param_count from candidate where search_id = $1 and accuracy is not null`;
const inOrder = `order by accuracy desc, macs, id`;

export class CandidateRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Stores candidates and their measurements in one transaction; what is there already stays as it is.
   * @throws {LeaseLostError} the epoch is not the search's: nothing is written
   */
  record(
    searchId: string,
    epoch: number,
    candidates: readonly EvaluatedCandidate[],
  ): Promise<void> {
    return this.dataSource.transaction(async (manager) => {
      await holdFence(manager, searchId, epoch);
      for (const candidate of candidates) await insert(manager, searchId, epoch, candidate);
    });
  }

  /** Ranked page: best validation accuracy first. Stable while candidates are added. */
  async list(
    searchId: string,
    limit: number,
    after: RankCursor | null,
  ): Promise<StoredCandidate[]> {
    const beyond = after
      ? `where accuracy < $3 or (accuracy = $3 and (macs > $4 or (macs = $4 and id > $5)))`
      : '';
    const cursor = after ? [after.accuracy, after.macs, after.id] : [];
    return this.loadRanked(searchId, `${beyond} ${inOrder} limit $2`, [limit, ...cursor]);
  }

  /** @throws {NotFoundError} the search has no such candidate */
  async get(searchId: string, id: string): Promise<StoredCandidate> {
    const [candidate] = await this.loadRanked(searchId, `where id = $2`, [id]);
    if (!candidate) throw new NotFoundError(`search ${searchId} has no candidate ${id}`);
    return candidate;
  }

  /** Every candidate as the worker handed it over, in the order they were first stored. */
  async all(searchId: string): Promise<EvaluatedCandidate[]> {
    const rows = await this.dataSource.manager
      .createQueryBuilder(CandidateEntity, 'candidate')
      .where('candidate.searchId = :searchId', { searchId })
      .orderBy('candidate.created_at')
      .addOrderBy('candidate.id')
      .getMany();
    const measurements = await this.measurementsOf(
      searchId,
      rows.map(({ id }) => id),
    );
    return rows.map((row) => ({
      id: row.id,
      encoding: row.encoding,
      architecture: row.architecture,
      macs: row.macs,
      paramCount: row.paramCount,
      measurements: measurements.get(row.id) ?? [],
      model:
        row.modelSha256 === null
          ? null
          : { sha256: row.modelSha256, bytes: row.modelBytes as number },
    }));
  }

  /** The most accurate candidate within every limit; a latency limit is met by measured candidates only. */
  async best(searchId: string, limits: Limits): Promise<BestAnswer> {
    const { maxLatencyMs = null, maxMacs = null, maxParams = null } = limits;
    const fits = `($2::float8 is null or latency_ms <= $2) and ($3::float8 is null or macs <= $3)
      and ($4::float8 is null or param_count <= $4)`;
    const asked = [maxLatencyMs, maxMacs, maxParams];
    const [answer] = await this.loadRanked(searchId, `where ${fits} ${inOrder} limit 1`, asked);
    const [counts] = await this.dataSource.query<
      {
        fitting: number;
        evaluated: number;
        latency: number | null;
        macs: number | null;
        params: number | null;
      }[]
    >(
      `select count(*) filter (where ${fits})::integer as fitting, count(*)::integer as evaluated,
         min(latency_ms) as latency, min(macs) as macs, min(param_count) as params
       from candidate where search_id = $1 and accuracy is not null`,
      [searchId, ...asked],
    );
    const { fitting = 0, evaluated = 0, latency = null, macs = null, params = null } = counts ?? {};
    if (!answer) {
      const smallest = { latencyMs: latency, macs, paramCount: params };
      return { feasible: false, evaluatedCount: evaluated, smallest };
    }
    const withinOthers = `($3::float8 is null or macs <= $3) and ($4::float8 is null or param_count <= $4)`;
    const [slower = null] = await this.loadRanked(
      searchId,
      `where latency_ms > $2::float8 and ${withinOthers} and accuracy > $5
       order by latency_ms, accuracy desc, id limit 1`,
      [...asked, answer.accuracy],
    );
    const [faster = null] = await this.loadRanked(
      searchId,
      `where latency_ms < $2::float8 and ${withinOthers} ${inOrder} limit 1`,
      [answer.latencyMs, maxMacs, maxParams],
    );
    return {
      feasible: true,
      candidate: answer,
      feasibleCount: fitting,
      evaluatedCount: evaluated,
      slower,
      faster,
    };
  }

  /** Candidates of the ranked list that `clause` keeps, in the order it gives. */
  private async loadRanked(
    searchId: string,
    clause: string,
    parameters: readonly unknown[],
  ): Promise<StoredCandidate[]> {
    const order = await this.dataSource.query<{ id: string; rank: number }[]>(
      `select id, rank from (${ranked}) as ranked ${clause}`,
      [searchId, ...parameters],
    );
    const ids = order.map(({ id }) => id);
    if (ids.length === 0) return [];
    const rows = await this.dataSource.manager.findBy(CandidateEntity, { searchId, id: In(ids) });
    const byId = new Map(rows.map((row) => [row.id, row]));
    const measurements = await this.measurementsOf(searchId, ids);
    return order.map(({ id, rank }) => ({
      ...(byId.get(id) as CandidateEntity),
      measurements: measurements.get(id) ?? [],
      rank,
    }));
  }

  private async measurementsOf(
    searchId: string,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, Measurement[]>> {
    const grouped = new Map<string, Measurement[]>();
    if (ids.length === 0) return grouped;
    const rows = await this.dataSource.manager.findBy(MeasurementEntity, {
      searchId,
      candidateId: In([...ids]),
    });
    for (const {
      candidateId,
      metric,
      split,
      fidelity,
      seed,
      value,
      lower,
      upper,
      n,
      unit,
      details,
    } of rows) {
      const list = grouped.get(candidateId) ?? [];
      list.push({ metric, split, fidelity, seed, value, lower, upper, n, unit, details });
      grouped.set(candidateId, list);
    }
    return grouped;
  }
}

/** Locks the search's row for this transaction and notes that it has moved on. */
export async function holdFence(
  manager: EntityManager,
  searchId: string,
  epoch: number,
): Promise<void> {
  const [rows] = await manager.query<[unknown[], number]>(
    `update search set has_progressed = true, crashes_without_progress = 0, version = version + 1
     where id = $1 and lease_epoch = $2 and state in ('leased','running','pausing','cancelling') returning id`,
    [searchId, epoch],
  );
  if (rows.length === 0) {
    throw new LeaseLostError(`search ${searchId}: epoch ${epoch} no longer holds the lease`);
  }
}

async function insert(
  manager: EntityManager,
  searchId: string,
  epoch: number,
  candidate: EvaluatedCandidate,
): Promise<void> {
  const { id, encoding, architecture, macs, paramCount, measurements, model } = candidate;
  await manager.query(
    `insert into candidate (search_id, id, encoding, architecture, macs, param_count, model_sha256, model_bytes)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (search_id, id) do nothing`,
    [
      searchId,
      id,
      encoding,
      architecture,
      macs,
      paramCount,
      model?.sha256 ?? null,
      model?.bytes ?? null,
    ],
  );
  for (const {
    metric,
    split,
    fidelity,
    seed,
    value,
    lower,
    upper,
    n,
    unit,
    details,
  } of measurements) {
    await manager.query(
      `insert into measurement (search_id, candidate_id, metric, split, fidelity, seed, value, lower, upper, n, unit,
         details, lease_epoch) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
       on conflict do nothing`,
      [searchId, id, metric, split, fidelity, seed, value, lower, upper, n, unit, details, epoch],
    );
  }
  await manager.query(
    `update candidate set
       accuracy = (select value from measurement m where m.search_id = $1 and m.candidate_id = $2
                   and metric = 'accuracy' and split = 'validation' order by m.created_at limit 1),
       latency_ms = (select value from measurement m where m.search_id = $1 and m.candidate_id = $2
                     and metric = 'latencyMs' order by m.created_at limit 1)
     where search_id = $1 and id = $2`,
    [searchId, id],
  );
}
