/**
 * @file A search of any size, as a long run would leave it: 20,000 architectures of a real search space and perturbed copies of
 * them, with accuracies and latencies drawn around curves of their MACs and depth, so that costs and accuracy depend on
 * each other as they do.
 */
import { rng } from '@sextant/common';
import { CreateSearch, type CandidateCost, type EvaluatedCandidate } from '@sextant/contracts';
import { CandidateRepository, SearchRepository } from '@sextant/persistence';
import { encode, macs, paramCount, sample, searchSpaces } from '@sextant/search-space';
import type { DataSource } from 'typeorm';

const space = searchSpaces['mbconv-fashion-mnist-v1'];
const images = 10_000;
const architectures = 20_000;
const rowsPerStatement = 20_000;
export const profile = 'pixel3';
const measuredShare = 0.7;

const conditions = {
  batch: 1,
  threads: 1,
  precision: 'float32',
  runtime: 'synthetic',
  measuredAt: '2026-01-02T03:04:05.000Z',
};
const timing = { ...conditions, runs: 50, device: 'synthetic' };

type Architecture = ReturnType<typeof sample>;

/** Numbers of one candidate; its architecture is number `base`. */
interface Row {
  readonly base: number;
  readonly id: string;
  readonly macs: number;
  readonly paramCount: number;
  readonly accuracy: number;
  readonly latencyMs: number;
  readonly profileLatencyMs: number;
  readonly profileEnergyMj: number;
  readonly isMeasured: boolean;
}

const hex = (word: number): string => word.toString(16).padStart(8, '0');

export class SyntheticSearch {
  private readonly bases: Architecture[];

  constructor(private readonly seed: number) {
    this.bases = Array.from({ length: architectures }, (_, at) => sample(space, rng(seed, at)));
  }

  /**
   * Candidate number `index`. Accuracy saturates with MACs and scatters by 1.2 points, in steps of one of 10,000
   * images; latencies grow with MACs and depth and scatter by 15 %.
   */
  row(index: number): Row {
    const draw = rng(this.seed, `row ${index}`);
    const base = index % architectures;
    const architecture = this.bases[base] as Architecture;
    const scale = index < architectures ? 1 : Math.exp(0.03 * draw.normal());
    const count = Math.round(macs(space, architecture) * scale);
    const mega = count / 1e6;
    const depth = architecture.stages.reduce((sum, { blocks }) => sum + blocks.length, 0);
    const accuracy = 0.93 - 0.12 / Math.sqrt(1 + mega) + 0.012 * draw.normal();
    const profileLatencyMs = (0.4 * depth + 1.3 * mega ** 0.8) * Math.exp(0.15 * draw.normal());
    return {
      base,
      id: [0, 1, 2, 3].map(() => hex(Math.floor(draw.uniform() * 2 ** 32))).join(''),
      macs: count,
      paramCount: Math.round(paramCount(space, architecture) * scale),
      accuracy: Math.round(Math.min(1, accuracy) * images) / images,
      latencyMs: (0.05 * depth + 0.09 * mega) * Math.exp(0.15 * draw.normal()),
      profileLatencyMs,
      profileEnergyMj: profileLatencyMs * 2.2 * Math.exp(0.08 * draw.normal()),
      isMeasured: draw.uniform() < measuredShare,
    };
  }

  /** The candidate as a worker hands it over. */
  candidate(index: number): EvaluatedCandidate {
    const { base, id, macs, paramCount, accuracy, latencyMs } = this.row(index);
    const architecture = this.bases[base] as Architecture;
    return {
      id,
      encoding: [...encode(space, architecture)],
      architecture: JSON.parse(JSON.stringify(architecture)) as EvaluatedCandidate['architecture'],
      macs,
      paramCount,
      measurements: [
        {
          metric: 'accuracy',
          split: 'validation',
          fidelity: 'supernet-inherited',
          seed: 0,
          value: accuracy,
          lower: accuracy - 0.005,
          upper: accuracy + 0.005,
          n: images,
          unit: 'fraction',
          details: {},
        },
        {
          metric: 'latencyMs',
          split: 'none',
          fidelity: 'measured',
          seed: 0,
          value: latencyMs,
          lower: 0.95 * latencyMs,
          upper: 1.05 * latencyMs,
          n: 50,
          unit: 'ms',
          details: timing,
        },
      ],
      model: null,
    };
  }

  costs(index: number): CandidateCost[] {
    const { id, profileLatencyMs, profileEnergyMj, isMeasured } = this.row(index);
    const costOf = (metric: string, value: number): CandidateCost => ({
      candidateId: id,
      cost: `${metric}@${profile}`,
      value,
      lower: 0.95 * value,
      upper: 1.05 * value,
      evidence: isMeasured ? 'measured' : 'predicted',
      n: isMeasured ? 50 : 0,
      conditions,
    });
    return [costOf('latencyMs', profileLatencyMs), costOf('energyMj', profileEnergyMj)];
  }

  /** Loads candidates `from` to `to` past the repository: the tables as it would fill them, without the counts. */
  private async load(database: DataSource, searchId: string, from: number, to: number) {
    const rows = Array.from({ length: to - from }, (_, at) => this.row(from + at));
    const column = <K extends keyof Row>(key: K) => rows.map((row) => row[key]);
    await database.query(
      `with given as (select * from unnest($2::integer[], $3::char(32)[], $4::float8[], $5::integer[],
           $6::float8[], $7::float8[], $8::float8[], $9::float8[], $10::boolean[])
           as it (base, id, macs, param_count, accuracy, latency_ms, profile_ms, profile_mj, is_measured)),
         candidates as (insert into candidate (search_id, id, encoding, architecture, macs, param_count, accuracy, latency_ms)
           select $1, given.id, encoding, architecture, macs, param_count, accuracy, latency_ms
           from given join synthetic_architecture using (base)),
         measurements as (insert into measurement (search_id, candidate_id, metric, split, fidelity, seed, value,
             lower, upper, n, unit, details, lease_epoch)
           select $1, id, 'accuracy', 'validation', 'supernet-inherited', 0, accuracy, accuracy - 0.005,
             accuracy + 0.005, ${images}, 'fraction', '{}'::jsonb, 1 from given
           union all select $1, id, 'latencyMs', 'none', 'measured', 0, latency_ms, 0.95 * latency_ms,
             1.05 * latency_ms, 50, 'ms', $11::jsonb, 1 from given)
       insert into candidate_cost (search_id, cost, candidate_id, value, lower, upper, evidence, n, conditions,
         loss)
       select $1, cost, id, value, 0.95 * value, 1.05 * value,
         case when is_measured then 'measured' else 'predicted' end, case when is_measured then 50 else 0 end,
         $12::jsonb, -accuracy
       from given cross join lateral (values ('latencyMs@${profile}', profile_ms), ('energyMj@${profile}', profile_mj))
         as it (cost, value)`,
      [
        searchId,
        column('base'),
        column('id'),
        column('macs'),
        column('paramCount'),
        column('accuracy'),
        column('latencyMs'),
        column('profileLatencyMs'),
        column('profileEnergyMj'),
        column('isMeasured'),
        timing,
        conditions,
      ],
    );
  }

  /** A search that a worker has taken. */
  async start(searches: SearchRepository): Promise<{ id: string; epoch: number }> {
    const spec = { dataset: 'fashion-mnist-subset', space: 'mbconv-fashion-mnist-v1' };
    const { search } = await searches.create(CreateSearch.parse(spec));
    const epoch = (await searches.lease(search.id, 'query-load', 86_400))?.epoch ?? 0;
    await searches.start(search.id, epoch);
    return { id: search.id, epoch };
  }

  /** A search with `count` candidates. @returns its id */
  async fill(database: DataSource, count: number): Promise<string> {
    const { id } = await this.start(new SearchRepository(database));
    await this.storeArchitectures(database);
    for (let at = 0; at < count; at += rowsPerStatement)
      await this.load(database, id, at, Math.min(count, at + rowsPerStatement));
    await database.query('analyze candidate, candidate_cost');
    await new CandidateRepository(database).recount(id);
    await database.query('vacuum (analyze) candidate, measurement, candidate_cost');
    await database.query('vacuum (analyze) ordering_block, ordering_floor');
    return id;
  }

  private async storeArchitectures(database: DataSource): Promise<void> {
    await database.query(
      `create table if not exists synthetic_architecture (base integer primary key, encoding integer[], architecture jsonb)`,
    );
    const rows = this.bases.map((architecture, base) => ({
      base,
      encoding: encode(space, architecture),
      architecture,
    }));
    await database.query(
      `insert into synthetic_architecture select * from json_to_recordset($1) as it (base integer, encoding integer[],
         architecture jsonb) on conflict do nothing`,
      [JSON.stringify(rows)],
    );
  }
}
