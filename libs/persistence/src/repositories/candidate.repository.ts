/** @file Candidates: recorded once however often they are delivered, listed in rank order, asked for within limits. */
import { NotFoundError } from '@sextant/common';
import type { CandidateCost, EvaluatedCandidate, Measurement } from '@sextant/contracts';
import { In, type DataSource } from 'typeorm';
import { CandidateEntity, MeasurementEntity } from '../entities/candidate.entity';
import { holdResults } from '../results/hold-results';
import { insertCandidates } from '../results/insert-candidates';
import { oneOfEach, upsertCosts } from '../results/upsert-costs';

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

/** Rows of one statement: enough to spread its cost, few enough to be text in memory. */
const rowsPerStatement = 5000;

function* parts<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < rows.length; at += rowsPerStatement)
    yield rows.slice(at, at + rowsPerStatement);
}

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
      await holdResults(manager, searchId, epoch);
      for (const part of parts(candidates)) await insertCandidates(manager, searchId, epoch, part);
    });
  }

  /**
   * Stores costs of candidates on hardware profiles, and predicted accuracies, in one transaction. Delivered twice
   * they are stored once; a measured value replaces a predicted one and stays.
   * @param epoch of the worker's lease; null for whoever else brings costs, also after the search has ended
   * @returns how many were written
   * @throws {LeaseLostError} the epoch is not the search's: nothing is written
   * @throws {NotFoundError} there is no such search, or a candidate is not of it: nothing is written
   */
  recordCosts(
    searchId: string,
    epoch: number | null,
    costs: readonly CandidateCost[],
  ): Promise<number> {
    return this.dataSource.transaction(async (manager) => {
      await holdResults(manager, searchId, epoch);
      let written = 0;
      for (const part of parts(oneOfEach(costs)))
        written += await upsertCosts(manager, searchId, part);
      return written;
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
