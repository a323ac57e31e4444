/** @file Everything a search needs of the outside world. */
import type { EvaluatedCandidate, Progress, StopReason } from '@sextant/contracts';
import type { ImageFormat, LabelledImages } from '@sextant/supernet';

export interface SearchDataset extends ImageFormat {
  readonly id: string;
  /** Of all pixels and labels: what the data set is, whatever its files are called. */
  readonly sha256: string;
  readonly classes: readonly string[];
  readonly train: LabelledImages;
  readonly test: LabelledImages;
}

export interface SearchPorts {
  /** A clock that never goes back, in ms. */
  nowMs(): number;
  /** Wall-clock time, ISO 8601. */
  today(): string;
  onProgress(progress: Progress): void;
  onCandidates(candidates: readonly EvaluatedCandidate[]): void;
  saveCheckpoint(bytes: Uint8Array, step: number): Promise<void>;
  saveModel(bytes: Uint8Array): Promise<{ readonly sha256: string; readonly bytes: number }>;
  loadModel(sha256: string): Promise<Uint8Array>;
  /** Lets messages in between two steps, and says whether to stop. */
  stopRequested(): Promise<StopReason | null>;
}

/** Where and with what the search runs; goes with every timing. */
export interface Machine {
  readonly threads: number;
  /** Resident memory the process may hold. */
  readonly memoryLimitBytes: number;
  readonly device: string;
  readonly runtime: string;
}
