/** @file Predicted accuracies: one for each predictor and candidate; the newest predictor's also stand at the candidate. */
import type { Prediction, TaskId } from '@sextant/contracts';
import type { DataSource } from 'typeorm';
import { holdResults } from '../results/hold-results';
import { holdTaskFence } from './task.repository';

export class PredictionRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * What is there already stays as it is: the same fit predicts the same.
   * @throws {LeaseLostError} the epoch is not the task's: nothing is written
   */
  record(task: TaskId, epoch: number, predictions: readonly Prediction[]): Promise<void> {
    return this.dataSource.transaction(async (manager) => {
      await holdTaskFence(manager, task, epoch);
      await manager.query(
        `insert into prediction (search_id, predictor, candidate_id, value, lower, upper)
         select $1, $2, * from unnest($3::text[], $4::float8[], $5::float8[], $6::float8[]) on conflict do nothing`,
        [
          task.searchId,
          task.number,
          predictions.map(({ id }) => id),
          predictions.map(({ value }) => value),
          predictions.map(({ lower }) => lower),
          predictions.map(({ upper }) => upper),
        ],
      );
    });
  }

  /**
   * Makes this predictor's values those of the candidates, unless a newer one has done so.
   * @throws {LeaseLostError} the epoch is not the task's: nothing is written
   */
  publish(task: TaskId, epoch: number): Promise<void> {
    return this.dataSource.transaction(async (manager) => {
      await holdResults(manager, task.searchId, null);
      await holdTaskFence(manager, task, epoch);
      await manager.query(
        `update candidate c set predicted_accuracy = p.value from prediction p
         where c.search_id = $1 and p.search_id = $1 and p.predictor = $2 and p.candidate_id = c.id
           and c.predicted_accuracy is distinct from p.value
           and not exists (select from task where search_id = $1 and kind = 'predict' and number > $2
                           and state = 'succeeded')`,
        [task.searchId, task.number],
      );
    });
  }

  /** Of one predictor, by candidate. */
  of(searchId: string, predictor: number): Promise<Prediction[]> {
    return this.dataSource.query<Prediction[]>(
      `select candidate_id as id, value, lower, upper from prediction
       where search_id = $1 and predictor = $2 order by candidate_id`,
      [searchId, predictor],
    );
  }
}
