/** @file Drives a trainer to its end, or until it is asked to stop. */
import type { StopReason } from '@sextant/contracts';
import type { StepMetrics, Trainer } from './method';

export interface TrainingHooks {
  /** A clock that never goes back, in ms. */
  nowMs(): number;
  /** Asked before every step. */
  stopRequested(): Promise<StopReason | null>;
  onStep(metrics: StepMetrics): void;
  /** Stores the trainer's state. */
  save(): Promise<void>;
}

/**
 * Steps until the last one; saves every `checkpointSeconds`, at the end, and before a stop whose progress is kept.
 * @returns why it stopped before the end, or null
 */
export async function runTraining(
  trainer: Trainer,
  checkpointSeconds: number,
  hooks: TrainingHooks,
): Promise<StopReason | null> {
  let savedAtMs = hooks.nowMs();
  while (!trainer.isFinished) {
    const reason = await hooks.stopRequested();
    if (reason) {
      if (reason !== 'cancel') await hooks.save();
      return reason;
    }
    hooks.onStep(await trainer.step());
    const due = hooks.nowMs() - savedAtMs >= checkpointSeconds * 1000;
    if (!due && !trainer.isFinished) continue;
    await hooks.save();
    savedAtMs = hooks.nowMs();
  }
  return null;
}
