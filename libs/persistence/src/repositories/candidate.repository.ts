/** @file Candidates: recorded once however often they are delivered, listed in rank order, asked for within limits. */
import { NotFoundError } from '@sextant/common';
import type { CandidateCost, EvaluatedCandidate, Measurement } from '@sextant/contracts';
import { In, type DataSource } from 'typeorm';
import { CandidateEntity, MeasurementEntity } from '../entities/candidate.entity';
import {
  bestStatement,
  extremesStatement,
  type BestRequest,
  type BestRow,
  type Extremes,
} from '../query/best-query';
import { countIn, countOut } from '../query/blocks';
import { recount } from '../query/recount';
import {
  candidatesStatement,
  candidateStatement,
  pageStatement,
  type PageRequest,
} from '../query/page-query';
import {
  fittingStatement,
  unmeasuredStatement,
  type OpenCandidate,
  type Unmeasured,
} from '../query/finalists-query';
import { prepared } from '../query/prepared';
import type { BestAnswer, ListedCandidate, StoredCandidate } from '../query/stored-candidate';
import { startFronts, updateFronts } from '../fronts/fronts';
import { holdResults } from '../results/hold-results';
import { insertCandidates } from '../results/insert-candidates';
import { oneOfEach, upsertCosts } from '../results/upsert-costs';

/** Rows of one statement: enough to spread its cost, few enough to be text in memory. */
const rowsPerStatement = 5000;

function* parts<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < rows.length; at += rowsPerStatement)
    yield rows.slice(at, at + rowsPerStatement);
}

/** A predicted accuracy is one of a candidate's places in every ordering; a cost is one ordering. */
function countedBy(costs: readonly CandidateCost[]): 'all' | readonly string[] {
  const keys = new Set(costs.map(({ cost }) => cost));
  return keys.has('predictedAccuracy') ? 'all' : [...keys];
}

interface Versioned {
  readonly resultsVersion: number;
  readonly candidates: StoredCandidate[];
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
      await startFronts(manager, searchId);
      for (const part of parts(candidates)) {
        const ids = part.map(({ id }) => id);
        await countOut(manager, searchId, ids);
        await insertCandidates(manager, searchId, epoch, part);
        await countIn(manager, searchId, ids);
        await updateFronts(manager, searchId, ids);
      }
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
      for (const part of parts(oneOfEach(costs))) {
        const ids = [...new Set(part.map(({ candidateId }) => candidateId))];
        const counted = countedBy(part);
        await countOut(manager, searchId, ids, counted);
        written += await upsertCosts(manager, searchId, part);
        await countIn(manager, searchId, ids, counted);
        await updateFronts(manager, searchId, ids);
      }
      return written;
    });
  }

  /** Counts all results anew, as after rows were loaded into the tables by other means. */
  recount(searchId: string): Promise<void> {
    return this.dataSource.transaction(async (manager) => {
      await holdResults(manager, searchId, null);
      await recount(manager, searchId);
    });
  }

  /**
   * A page of the list in the order of `sort`. Stable while candidates are added.
   * @throws {NotFoundError} there is no such search
   */
  async list(searchId: string, page: PageRequest): Promise<ListedCandidate[]> {
    const { text, values } = pageStatement(searchId, page);
    const [row] = await prepared<{ items: ListedCandidate[] }>(this.dataSource, text, values);
    if (!row) throw new NotFoundError(`there is no search ${searchId}`);
    return row.items;
  }

  /**
   * Moves with every candidate, cost and score that is stored: what was read at the same version is current.
   * @throws {NotFoundError} there is no such search
   */
  async resultsVersion(searchId: string): Promise<number> {
    const text = `select results_version as version from search where id = $1::uuid`;
    const [row] = await prepared<{ version: number }>(this.dataSource, text, [searchId]);
    if (!row) throw new NotFoundError(`there is no search ${searchId}`);
    return row.version;
  }

  /**
   * Those of `ids` that there are, in no order, without their rank; and the version of the results.
   * @throws {NotFoundError} there is no such search
   */
  async some(searchId: string, ids: readonly string[]): Promise<Versioned> {
    const { text, values } = candidatesStatement(searchId, ids);
    const [row] = await prepared<Versioned>(this.dataSource, text, values);
    if (!row) throw new NotFoundError(`there is no search ${searchId}`);
    return row;
  }

  /** @throws {NotFoundError} the search has no such candidate */
  async get(searchId: string, id: string): Promise<StoredCandidate> {
    const { text, values } = candidateStatement(searchId, id);
    const [row] = await prepared<{ candidate: StoredCandidate }>(this.dataSource, text, values);
    if (!row) throw new NotFoundError(`search ${searchId} has no candidate ${id}`);
    return row.candidate;
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

  /**
   * The first of the ranking within every limit: candidates that lack a cost, or whose cost is only predicted where
   * measured ones are asked for, are not within a limit on it.
   * @throws {NotFoundError} there is no such search
   */
  async best(searchId: string, request: BestRequest): Promise<BestAnswer> {
    const { text, values } = bestStatement(searchId, request);
    const [row] = await prepared<BestRow>(this.dataSource, text, values);
    if (!row) throw new NotFoundError(`there is no search ${searchId}`);
    const { answer, feasibleCount, isExact, slower, faster, ...known } = row;
    if (answer === null) {
      return { feasible: false, ...known, ...(await this.extremes(searchId, request)) };
    }
    return {
      feasible: true,
      ...known,
      candidate: answer,
      feasibleCount: feasibleCount ?? 0,
      isExact: isExact ?? true,
      slower,
      faster,
    };
  }

  /** The first `count` of the ranking within every limit: `best` and those behind it. */
  async fitting(searchId: string, request: BestRequest, count: number): Promise<StoredCandidate[]> {
    const { text, values } = fittingStatement(searchId, request, count);
    const [row] = await prepared<{ items: StoredCandidate[] }>(this.dataSource, text, values);
    return row?.items ?? [];
  }

  /** Candidates whose measurement could put them within every limit, best first. */
  async unmeasured(searchId: string, request: Unmeasured): Promise<OpenCandidate[]> {
    const { text, values } = unmeasuredStatement(searchId, request);
    return prepared<OpenCandidate>(this.dataSource, text, values);
  }

  private async extremes(searchId: string, request: BestRequest): Promise<Extremes> {
    const { text, values } = extremesStatement(searchId, request);
    const [row] = await prepared<Extremes>(this.dataSource, text, values);
    return row ?? { smallest: {}, highestAccuracy: null };
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
