/** @file The mission query from results in memory: current, or not answered. */
import { Inject, Injectable } from '@nestjs/common';
import {
  bestOfIndex,
  CandidateRepository,
  idOf,
  type BestAnswer,
  type BestRequest,
  type IndexedBest,
  type StoredCandidate,
} from '@sextant/persistence';
import { ResultsMemory, type HeldResults } from './results-memory';

/** Answers kept with their measurements, of one search. */
const mostCandidates = 10_000;

const rowsOf = (best: IndexedBest): number[] =>
  best.feasible ? [best.answer, best.slower, best.faster].flatMap((it) => it?.row ?? []) : [];

@Injectable()
export class HeldBest {
  constructor(
    @Inject(ResultsMemory) private readonly memory: ResultsMemory,
    @Inject(CandidateRepository) private readonly candidates: CandidateRepository,
  ) {}

  /**
   * Null where the results are not held at the version that is current.
   * @throws {NotFoundError} there is no such search
   */
  async answer(searchId: string, request: BestRequest): Promise<BestAnswer | null> {
    const held = this.memory.get(searchId);
    if (held === null) return null;
    const best = bestOfIndex(held.index, request);
    if (!(await this.isCurrent(searchId, held, rowsOf(best)))) {
      this.memory.drop(searchId);
      return null;
    }
    const { evaluatedCount } = best;
    const known = { resultsVersion: held.index.version, evaluatedCount };
    if (!best.feasible) {
      const { smallest, highestAccuracy } = best;
      return { feasible: false, ...known, smallest, highestAccuracy };
    }
    const of = (it: typeof best.slower): StoredCandidate | null => {
      const candidate = it && held.candidates.get(it.row);
      return candidate ? { ...candidate, rank: it.rank } : null;
    };
    const candidate = of(best.answer);
    if (candidate === null) return null;
    const { feasibleCount, isExact } = best;
    return {
      ...{ feasible: true, ...known, candidate, feasibleCount, isExact },
      slower: of(best.slower),
      faster: of(best.faster),
    };
  }

  /** Reads the rows' candidates where they are not held; the one look also tells the version. */
  private async isCurrent(
    searchId: string,
    { index, candidates }: HeldResults,
    rows: readonly number[],
  ): Promise<boolean> {
    const missing = new Map(
      rows.filter((row) => !candidates.has(row)).map((row) => [idOf(index, row), row]),
    );
    if (missing.size === 0)
      return (await this.candidates.resultsVersion(searchId)) === index.version;
    const read = await this.candidates.some(searchId, [...missing.keys()]);
    if (read.resultsVersion !== index.version) return false;
    if (candidates.size > mostCandidates) candidates.clear();
    for (const candidate of read.candidates)
      candidates.set(missing.get(candidate.id) as number, candidate);
    return true;
  }
}
