/** @file Fronts as JSON: written once for each version of a front, then sent as they are. */
import { Inject, Injectable } from '@nestjs/common';
import type { ParetoQuery, SortKey } from '@sextant/contracts';
import { FrontRepository, type FrontKey } from '@sextant/persistence';
import { paretoView } from './pareto.view';

export interface ParetoAnswer {
  readonly etag: string;
  readonly body: string;
}

/** Characters of all answers kept. */
const keptCharacters = 32 * 2 ** 20;

@Injectable()
export class ParetoService {
  /** By search, objectives and evidence; the one used last is at the end. */
  private readonly answers = new Map<string, ParetoAnswer & { readonly version: number }>();
  private characters = 0;

  constructor(@Inject(FrontRepository) private readonly fronts: FrontRepository) {}

  /** @throws {NotFoundError} there is no such search */
  async front(searchId: string, query: ParetoQuery): Promise<ParetoAnswer> {
    const key: FrontKey = { ...query, objectives: query.objectives as SortKey[] };
    const version = await this.fronts.version(searchId, key);
    const name = [searchId, query.evidence, ...key.objectives].join(' ');
    const known = this.answers.get(name);
    if (known?.version === version) return known;
    const body = JSON.stringify(paretoView(query, await this.fronts.get(searchId, key)));
    const answer = { version, etag: `"${name.replaceAll(' ', '/')}/${version}"`, body };
    this.keep(name, answer);
    return answer;
  }

  private keep(name: string, answer: ParetoAnswer & { readonly version: number }): void {
    this.characters += answer.body.length - (this.answers.get(name)?.body.length ?? 0);
    this.answers.delete(name);
    this.answers.set(name, answer);
    for (const [oldest, { body }] of this.answers) {
      if (this.characters <= keptCharacters) return;
      this.answers.delete(oldest);
      this.characters -= body.length;
    }
  }
}
