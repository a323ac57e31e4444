/** @file Labels: every row is read before any is stored; refused rows are counted with their reason. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { ValidationError } from '@sextant/common';
import type {
  ImportLabelsQuery,
  LabelImport,
  LabelPage,
  LabelRefusal,
  LabelView,
} from '@sextant/contracts';
import { LabelReader, scorableSpace, type ReadLabel } from '@sextant/evaluation';
import { LabelRepository, type LabelCursor } from '@sextant/persistence';
import { z } from 'zod';
import { jsonLinesOf, type JsonLine } from '../http/ndjson-body';
import { pageOf, type PageQuery } from '../http/pagination';
import { recordsOf, type TableBody } from '../http/table-body';
import { ZeroCostSearches } from './zero-cost-searches';

/** Naming a cell costs some 70 µs: after so many rows others get their turn. */
const rowsPerTurn = 128;
const shownRefusals = 100;

const position = z.strictObject({ split: z.string(), key: z.string() });

@Injectable()
export class LabelsService {
  constructor(
    @Inject(ZeroCostSearches) private readonly searches: ZeroCostSearches,
    @Inject(LabelRepository) private readonly labels: LabelRepository,
  ) {}

  /**
   * Stores every usable row in one transaction.
   * @throws {ValidationError} there are rows, and none can be used
   */
  async import(
    searchId: string,
    { split, unit }: ImportLabelsQuery,
    body: TableBody,
  ): Promise<LabelImport> {
    const { space } = await this.searches.spec(searchId);
    const reader = new LabelReader(scorableSpace(space), unit);
    let turn = 0;
    for await (const { record, line } of recordsIn(body)) {
      reader.add(record, line);
      if (++turn % rowsPerTurn === 0) await nextTurn();
    }
    const { rows, repeated, labels, refusals } = reader.finish();
    const unknown = await this.unknown(searchId, labels);
    const usable = labels.filter(({ line }) => !unknown.has(line));
    const all = [...refusals, ...unknown.values()].sort((a, b) => a.line - b.line);
    if (rows > 0 && usable.length === 0) throw noneUsable(rows, all);
    const change = await this.labels.put(searchId, split, usable);
    return {
      rows,
      added: change.added,
      updated: change.updated,
      unchanged: change.unchanged + repeated,
      refused: all.length,
      refusedBy: countBy(all),
      refusals: all.slice(0, shownRefusals),
      labels: await this.labels.counts(searchId),
    };
  }

  async list(searchId: string, page: PageQuery): Promise<LabelPage> {
    await this.searches.spec(searchId);
    const { items, nextCursor } = await pageOf(page, {
      position,
      positionOf: ({ split, key }: LabelView & LabelCursor) => ({ split, key }),
      load: (limit, after) => this.labels.list(searchId, limit, after),
    });
    return {
      items: items.map(({ candidate, architecture, split, accuracy, scored }) => ({
        candidate,
        architecture,
        split,
        accuracy,
        scored,
      })),
      nextCursor,
    };
  }

  /** Rows that name a candidate which the search does not have, by line. */
  private async unknown(
    searchId: string,
    labels: readonly ReadLabel[],
  ): Promise<ReadonlyMap<number, LabelRefusal>> {
    const references = labels.filter(({ isReference }) => isReference);
    if (references.length === 0) return new Map();
    const ids = references.map(({ candidateId }) => candidateId);
    const known = await this.labels.known(searchId, ids);
    return new Map(
      references
        .filter(({ candidateId }) => !known.has(candidateId))
        .map(({ line, candidateId }) => [
          line,
          {
            line,
            code: 'unknown-candidate',
            message: `the search has scored no candidate ${candidateId}`,
          },
        ]),
    );
  }
}

async function* recordsIn(body: TableBody): AsyncGenerator<JsonLine, void, undefined> {
  if (body.isNdjson) {
    yield* jsonLinesOf(body);
    return;
  }
  let header: readonly string[] | undefined;
  for await (const { fields, line } of recordsOf(body, { mayDiffer: true })) {
    if (header) yield { record: recordOf(header, fields), line };
    else header = fields.map((name) => name.trim());
  }
}

/** null where the row has another number of fields than the header. */
const recordOf = (header: readonly string[], fields: readonly string[]) =>
  fields.length === header.length
    ? Object.fromEntries(header.map((name, at) => [name, fields[at]]))
    : null;

function countBy(refusals: readonly LabelRefusal[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { code } of refusals) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

function noneUsable(rows: number, refusals: readonly LabelRefusal[]): ValidationError {
  const message = `none of ${rows} rows can be used`;
  const first = refusals
    .slice(0, shownRefusals)
    .map(({ line, code, message: why }) => ({ pointer: `/${line}`, message: `${code}: ${why}` }));
  return new ValidationError(message, first);
}
