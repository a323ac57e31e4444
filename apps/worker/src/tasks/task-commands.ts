/** @file What a child is told for each kind of task: tables in parts, so that no message holds up the loop. */
import {
  CreatePredictor,
  isSearchBy,
  LabelSplit,
  parseAs,
  PredictorResult,
  ReportPayload,
  ShardPayload,
  type CreateSearch,
  type SearchBy,
  type TaskCommand,
} from '@sextant/contracts';
import { UnsupportedTaskError } from '@sextant/common';
import type {
  LabelRepository,
  PredictionRepository,
  ScoringRepository,
  TaskLease,
  TaskRepository,
} from '@sextant/persistence';
import type { WorkerConfig } from '../config/worker-config';

export interface TaskSources {
  readonly tasks: TaskRepository;
  readonly scoring: ScoringRepository;
  readonly labels: LabelRepository;
  readonly predictions: PredictionRepository;
}

const rowsPerMessage = 500;

/** @throws {UnsupportedTaskError} only zero-cost searches have tasks */
export function requireZeroCost(spec: CreateSearch): SearchBy<'zero-cost'> {
  if (isSearchBy(spec, 'zero-cost')) return spec;
  throw new UnsupportedTaskError(`a search by ${spec.method.name} has no shards or predictors`);
}

/** In the order they are to be said; the last one starts the work. */
export async function* taskCommands(
  { id, payload }: TaskLease,
  spec: CreateSearch,
  config: WorkerConfig,
  sources: TaskSources,
): AsyncGenerator<TaskCommand> {
  const { threads, memoryLimitBytes, executionProvider } = config;
  const compute = { spec, threads, memoryLimitBytes, executionProvider };
  switch (id.kind) {
    case 'score': {
      const { encodings } = parseAs(ShardPayload, payload, 'a shard');
      yield { type: 'score', ...compute, encodings, done: await sources.scoring.scoredIds(id) };
      return;
    }
    case 'predict':
      yield* tables(id.searchId, sources);
      yield {
        type: 'predict',
        ...compute,
        predictor: parseAs(CreatePredictor, payload, 'a predictor'),
      };
      return;
    case 'report':
      yield* tables(id.searchId, sources);
      yield* fitted(id.searchId, sources);
      yield { type: 'report', ...compute, report: parseAs(ReportPayload, payload, 'a report') };
  }
}

async function* tables(
  searchId: string,
  { scoring, labels }: TaskSources,
): AsyncGenerator<TaskCommand> {
  for (let afterId: string | null = null; ;) {
    const rows = await scoring.scores(searchId, rowsPerMessage, afterId);
    const last = rows.at(-1);
    if (!last) break;
    afterId = last.id;
    yield {
      type: 'scores',
      rows: rows.map((row) => ({
        ...row,
        encoding: [...row.encoding],
        scores: [...row.scores],
        nodeCounts: [...row.nodeCounts],
        nodes: row.nodes.toString('base64'),
      })),
    };
  }
  for (const split of LabelSplit.options) {
    const rows = await labels.scored(searchId, split);
    for (let at = 0; at < rows.length; at += rowsPerMessage) {
      yield { type: 'labels', split, rows: rows.slice(at, at + rowsPerMessage) };
    }
  }
}

async function* fitted(
  searchId: string,
  { tasks, predictions }: TaskSources,
): AsyncGenerator<TaskCommand> {
  const all = await tasks.list(searchId, 'predict');
  for (const { number, payload, state, result } of all.reverse()) {
    if (state !== 'succeeded') continue;
    const { name, seed } = parseAs(CreatePredictor, payload, 'a predictor');
    const { picked } = parseAs(PredictorResult, result, 'the result of a predictor');
    const rows = await predictions.of(searchId, number);
    yield {
      type: 'fitted',
      predictor: {
        number,
        name,
        seed,
        picked,
        predictions: rows.map(({ id, value, heldOut }) => ({ id, value, heldOut })),
      },
    };
  }
}
