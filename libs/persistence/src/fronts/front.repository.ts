/** @file Pareto fronts as a reader asks for them: kept ones as they are, others made once and kept from then on. */
import { NotFoundError } from '@sextant/common';
import type { DataSource } from 'typeorm';
import type { OrderingKey } from '../query/orderings';
import { prepared } from '../query/prepared';
import { complete, everyPoint, register } from './fronts';
import { canonical, type FrontKey } from './points-query';

export interface FrontPoint {
  readonly id: string;
  /** In the order of the objectives; scores are negated. */
  readonly point: readonly number[];
}

export interface FrontVolume {
  readonly version: number;
  readonly at: string;
  readonly size: number;
  readonly hypervolume: number;
}

export interface StoredFront {
  readonly objectives: readonly OrderingKey[];
  readonly reference: readonly number[] | null;
  readonly points: readonly FrontPoint[];
  /** Oldest first. */
  readonly history: readonly FrontVolume[];
}

/** Changes of a front that its history goes back. */
const historyLength = 1000;

export class FrontRepository {
  private readonly filling = new Map<string, Promise<void>>();

  constructor(private readonly dataSource: DataSource) {}

  /**
   * The version of the front: it is the same as long as the front is.
   * @throws {NotFoundError} there is no such search
   */
  async version(searchId: string, asked: FrontKey): Promise<number> {
    const key = { ...asked, objectives: canonical(asked.objectives) };
    const known = await this.current(searchId, key);
    if (known !== null) return known;
    await this.fillOnce(searchId, key);
    return (await this.current(searchId, key)) ?? 0;
  }

  /** Call `version` first: it makes the front. */
  async get(searchId: string, asked: FrontKey): Promise<StoredFront> {
    const objectives = canonical(asked.objectives);
    const [row] = await prepared<Omit<StoredFront, 'objectives'>>(
      this.dataSource,
      `select f.reference,
         (select coalesce(json_agg(json_build_object('id', m.candidate_id, 'point', m.point)
            order by m.point[1], m.candidate_id), '[]') from pareto_member m
          where m.search_id = f.search_id and m.objectives = f.objectives and m.evidence = f.evidence) as points,
         (select coalesce(json_agg(h order by h.version), '[]') from (
            select h.version, h.at, h.size, h.hypervolume from pareto_history h
            where h.search_id = f.search_id and h.objectives = f.objectives and h.evidence = f.evidence
            order by h.version desc limit ${historyLength}) h) as history
       from pareto_front f where f.search_id = $1::uuid and f.objectives = $2::text and f.evidence = $3::text`,
      [searchId, objectives.join(','), asked.evidence],
    );
    return { objectives, ...(row ?? { reference: null, points: [], history: [] }) };
  }

  /** Null where the front is not kept, or not whole. */
  private async current(searchId: string, key: FrontKey): Promise<number | null> {
    const [row] = await prepared<{ version: number | null }>(
      this.dataSource,
      `select (select f.version from pareto_front f where f.search_id = s.id and f.objectives = $2::text
         and f.evidence = $3::text and f.is_current) as version from search s where s.id = $1::uuid`,
      [searchId, key.objectives.join(','), key.evidence],
    );
    if (!row) throw new NotFoundError(`there is no search ${searchId}`);
    return row.version;
  }

  /** Many may ask for the same front at once: it is made once. */
  private fillOnce(searchId: string, key: FrontKey): Promise<void> {
    const name = [searchId, ...key.objectives, key.evidence].join(' ');
    const running = this.filling.get(name);
    if (running) return running;
    const filling = this.fill(searchId, key).finally(() => this.filling.delete(name));
    this.filling.set(name, filling);
    return filling;
  }

  /** Reads everything without a lock; holds it only to join what came meanwhile. */
  private async fill(searchId: string, key: FrontKey): Promise<void> {
    const generation = await this.locked(searchId, (manager) => register(manager, searchId, key));
    const members = await everyPoint(this.dataSource.manager, searchId, key);
    await this.locked(searchId, (manager) =>
      complete(manager, searchId, key, { generation, members }),
    );
  }

  private locked<T>(
    searchId: string,
    work: (manager: DataSource['manager']) => Promise<T>,
  ): Promise<T> {
    return this.dataSource.transaction(async (manager) => {
      await manager.query(`select from search where id = $1 for update`, [searchId]);
      return work(manager);
    });
  }
}
