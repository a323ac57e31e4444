/** @file The tables of a task as they arrive, part by part. */
import type {
  AccuracyRow,
  FittedPredictor,
  LabelSplit,
  ScoreRow,
  SearchBy,
  TaskCommand,
} from '@sextant/contracts';
import type { ScoredTable } from '@sextant/evaluation';

export class ReceivedTable {
  readonly fitted: FittedPredictor[] = [];
  private readonly rows: ScoreRow[] = [];
  private readonly labels: Record<LabelSplit, AccuracyRow[]> = { train: [], test: [] };

  take(part: Extract<TaskCommand, { type: 'scores' | 'labels' | 'fitted' }>): void {
    switch (part.type) {
      case 'scores':
        this.rows.push(...part.rows);
        return;
      case 'labels':
        this.labels[part.split].push(...part.rows);
        return;
      case 'fitted':
        this.fitted.push(part.predictor);
    }
  }

  table(spec: SearchBy<'zero-cost'>): ScoredTable {
    return { spec, rows: this.rows, ...this.labels };
  }
}
