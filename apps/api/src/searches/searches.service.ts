/** @file Rules of searches: what may be submitted, and what repeating a request means. */
import { Inject, Injectable } from '@nestjs/common';
import type { CreateSearch, SearchView } from '@sextant/contracts';
import { SearchRepository, type StoredSearch } from '@sextant/persistence';
import { z } from 'zod';
import { pageOf, type PageQuery } from '../http/pagination';
import { Admission } from './admission';
import { fingerprint } from './idempotency-key';
import { searchView, type SearchPage } from './search.view';

export interface Submitted {
  readonly search: SearchView;
  /** An earlier request with the same key made the search. */
  readonly replayed: boolean;
}

@Injectable()
export class SearchesService {
  constructor(
    @Inject(SearchRepository) private readonly searches: SearchRepository,
    @Inject(Admission) private readonly admission: Admission,
  ) {}

  /**
   * Stores the search with its outbox row; the relay hands it to the queue.
   * @throws {NasError} it cannot be run: its space, its data set or its limits
   * @throws {IdempotencyMismatchError} the key belongs to another request
   */
  async create(spec: CreateSearch, key?: string): Promise<Submitted> {
    await this.admission.require(spec);
    const idempotency = key === undefined ? null : { key, bodySha256: fingerprint(spec) };
    const { search, replayed } = await this.searches.create(spec, idempotency);
    return { search: searchView(search), replayed };
  }

  async get(id: string): Promise<SearchView> {
    return searchView(await this.searches.get(id));
  }

  async list(page: PageQuery): Promise<SearchPage> {
    const { items, nextCursor } = await pageOf(page, {
      position: z.uuid(),
      positionOf: ({ id }: StoredSearch) => id,
      load: (limit, before) => this.searches.list(limit, before),
    });
    return { items: items.map(searchView), nextCursor };
  }

  async cancel(id: string): Promise<SearchView> {
    return searchView(await this.searches.cancel(id));
  }
}
