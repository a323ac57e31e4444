/** @file Searches that score without training: only those have scores, labels and predictors. */
import { Inject, Injectable } from '@nestjs/common';
import { ConflictError } from '@sextant/common';
import { isSearchBy, type SearchBy } from '@sextant/contracts';
import { SearchRepository } from '@sextant/persistence';

@Injectable()
export class ZeroCostSearches {
  constructor(@Inject(SearchRepository) private readonly searches: SearchRepository) {}

  /**
   * The request of such a search.
   * @throws {NotFoundError} there is no such search @throws {ConflictError} it is by another method
   */
  async spec(searchId: string): Promise<SearchBy<'zero-cost'>> {
    const { spec } = await this.searches.get(searchId);
    if (isSearchBy(spec, 'zero-cost')) return spec;
    throw new ConflictError(
      `search ${searchId} is by ${spec.method.name}; scores, labels and predictors belong to searches by zero-cost`,
    );
  }
}
