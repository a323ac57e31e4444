/** @file How a method of search runs inside the process that computes. */
import type {
  CreateSearch,
  MethodName,
  SearchBy,
  StartCommand,
  StopReason,
  Summary,
  TrainingMessage,
} from '@sextant/contracts';

/** A start whose search is by this method. */
export type StartOf<Name extends MethodName> = Omit<StartCommand, 'spec'> & {
  readonly spec: CreateSearch & SearchBy<Name>;
};

/** The way to the parent, which stores what it hears. */
export interface Parent {
  readonly datasetRoot: string;
  /** Resolves once the message is in the parent's pipe. */
  send(message: TrainingMessage): Promise<void>;
  /** As `send`, without waiting; a parent that is gone ends the process. */
  tell(message: TrainingMessage): void;
  /** Lets messages in between two steps, and says whether to stop. */
  stopRequested(): Promise<StopReason | null>;
}

export type MethodOutcome =
  | { readonly kind: 'done'; readonly summary: Summary }
  | { readonly kind: 'stopped'; readonly reason: StopReason };

export type RunMethod<Name extends MethodName> = (
  start: StartOf<Name>,
  parent: Parent,
) => Promise<MethodOutcome>;
