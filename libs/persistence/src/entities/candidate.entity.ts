/** @file Rows of `candidate` and `measurement`. */
import type { EvaluatedCandidate, Measurement } from '@sextant/contracts';
import { Column, Entity, PrimaryColumn, type ValueTransformer } from 'typeorm';

/** PostgreSQL hands bigint over as text; every value we store is a safe integer. */
const safeInteger: ValueTransformer = {
  to: (value: number) => value,
  from: (value: string | null) => (value === null ? null : Number(value)),
};

@Entity('candidate')
export class CandidateEntity {
  @PrimaryColumn('uuid', { name: 'search_id' }) searchId!: string;
  @PrimaryColumn('char', { length: 32 }) id!: string;
  @Column('integer', { array: true }) encoding!: number[];
  @Column('jsonb') architecture!: EvaluatedCandidate['architecture'];
  @Column('double precision') macs!: number;
  @Column('double precision', { name: 'param_count' }) paramCount!: number;
  /** Validation accuracy, for ranking; the measurement beside it has the interval. */
  @Column('double precision', { nullable: true }) accuracy!: number | null;
  /** Median latency, for the limits of a query. */
  @Column('double precision', { name: 'latency_ms', nullable: true }) latencyMs!: number | null;
  @Column('text', { name: 'model_sha256', nullable: true }) modelSha256!: string | null;
  @Column('integer', { name: 'model_bytes', nullable: true }) modelBytes!: number | null;
}

@Entity('measurement')
export class MeasurementEntity implements Measurement {
  @PrimaryColumn('uuid', { name: 'search_id' }) searchId!: string;
  @PrimaryColumn('char', { name: 'candidate_id', length: 32 }) candidateId!: string;
  @PrimaryColumn('text') metric!: Measurement['metric'];
  @PrimaryColumn('text') split!: Measurement['split'];
  @PrimaryColumn('text') fidelity!: Measurement['fidelity'];
  @PrimaryColumn('bigint', { transformer: safeInteger }) seed!: number;
  @Column('double precision') value!: number;
  @Column('double precision') lower!: number;
  @Column('double precision') upper!: number;
  @Column('integer') n!: number;
  @Column('text') unit!: Measurement['unit'];
  @Column('jsonb') details!: Measurement['details'];
  @Column('integer', { name: 'lease_epoch' }) leaseEpoch!: number;
}
