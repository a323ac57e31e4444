/** @file Rows of `search`. */
import type {
  CreateSearch,
  Progress,
  SceneTaskName,
  SearchError,
  SearchState,
  Summary,
} from '@sextant/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('search')
export class SearchEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('text', { nullable: true }) name!: string | null;
  @Column('jsonb') spec!: CreateSearch;
  @Column('text') state!: SearchState;
  @Column('integer') version!: number;
  @Column('integer', { name: 'lease_epoch' }) leaseEpoch!: number;
  @Column('jsonb', { nullable: true }) progress!: Progress | null;
  @Column('jsonb', { nullable: true }) summary!: Summary | null;
  @Column('jsonb', { nullable: true }) error!: SearchError | null;
  /** Of the hardware profiles it reads, as they were when it began; null before. */
  @Column('jsonb', { name: 'profile_versions', nullable: true })
  profileVersions!: Readonly<Record<string, number>> | null;
  /** Of the list of one task: the search it belongs to. */
  @Column('uuid', { name: 'parent_id', nullable: true }) parentId!: string | null;
  @Column('text', { nullable: true }) task!: SceneTaskName | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'started_at', nullable: true }) startedAt!: Date | null;
  @Column('timestamptz', { name: 'finished_at', nullable: true }) finishedAt!: Date | null;
}

export type StoredSearch = Readonly<SearchEntity>;
