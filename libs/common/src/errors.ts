/** @file Every failure we foresee has a class; `code` is stable and is what API, worker and CLI translate. */

/** A failure with a stable code. `permanent` failures are never retried. */
export abstract class NasError extends Error {
  abstract readonly code: string;
  readonly permanent: boolean = true;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** One thing wrong with an input: where (JSON Pointer) and what. */
export interface Violation {
  readonly pointer: string;
  readonly message: string;
}

/** An input that breaks its schema; lists every violation found. */
export class ValidationError extends NasError {
  readonly code: string = 'validation';
  constructor(
    message: string,
    readonly violations: readonly Violation[] = [],
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A search space that cannot be understood. */
export class InvalidSearchSpaceError extends ValidationError {
  override readonly code = 'invalid-search-space';
}

/** A search space that is well formed but that this version cannot train. */
export class UnsupportedSearchSpaceError extends NasError {
  readonly code = 'unsupported-search-space';
}

/** A search space with more architectures than an exhaustive method may visit. */
export class SearchSpaceTooLargeError extends NasError {
  readonly code = 'search-space-too-large';
  constructor(name: string, count: number, limit: number) {
    super(
      `${name} has ${count} encodings, more than the ${limit} that may be enumerated: choose another strategy or raise the limit`,
    );
  }
}

/** An architecture or encoding that is not in its search space. */
export class InvalidArchitectureError extends NasError {
  readonly code = 'invalid-architecture';
}

/** No architecture of the space meets the limits; `smallest` is the nearest that exists. */
export class InfeasibleConstraintError extends NasError {
  readonly code = 'infeasible-constraint';
  constructor(
    message: string,
    readonly smallest: Readonly<Record<string, number>>,
  ) {
    super(message);
  }
}

/** A generator asked for what it cannot draw, or built from a state that is none. */
export class InvalidDrawError extends NasError {
  readonly code = 'invalid-draw';
}

/** Tensors whose sizes do not fit. */
export class ShapeError extends NasError {
  readonly code = 'shape';
}

/** A loss, gradient or score that is NaN or infinite. */
export class NonFiniteError extends NasError {
  readonly code = 'non-finite';
}

/** A search that may need more memory than it is given; said before it starts. */
export class MemoryLimitError extends NasError {
  readonly code = 'memory-limit';
  constructor(
    message: string,
    readonly predictedBytes: number,
    readonly limitBytes: number,
  ) {
    super(message);
  }
}

/** A measurement that no cost model can learn from, or features it cannot use. */
export class InvalidMeasurementError extends NasError {
  readonly code = 'invalid-measurement';
}

/** Fewer values than a statistic or a fit needs. */
export class InsufficientDataError extends NasError {
  readonly code = 'insufficient-data';
}

/** The environment or a file has what this version cannot work with. */
export class ConfigurationError extends NasError {
  readonly code = 'configuration';
}

export class DatasetNotFoundError extends NasError {
  readonly code = 'dataset-not-found';
}

/** A data set that is there but cannot be read. */
export class DatasetFormatError extends NasError {
  readonly code = 'dataset-format';
}

/** A file that is no ONNX model, or a damaged one. */
export class MalformedModelError extends NasError {
  readonly code = 'malformed-model';
}

/** A well-formed model that is not opened: too large, too new, in several files, or beyond ONNX Runtime. */
export class UnsupportedModelError extends NasError {
  readonly code = 'unsupported-model';
}

/** A checkpoint whose checksum, version or length does not fit. */
export class CheckpointCorruptError extends NasError {
  readonly code = 'checkpoint-corrupt';
}

/** A table of which no row can be used; the violations say how many and why. */
export class TableRefusedError extends ValidationError {
  override readonly code = 'table-refused';
}

/** A lookup table that lacks a block of the network asked about. */
export class UnknownBlockError extends NasError {
  readonly code = 'unknown-block';
}

export class NotFoundError extends NasError {
  readonly code = 'not-found';
}

/** The request contradicts what is stored, such as a reused idempotency key. */
export class ConflictError extends NasError {
  readonly code: string = 'conflict';
}

export class IdempotencyMismatchError extends ConflictError {
  override readonly code = 'idempotency-mismatch';
}

/** A body, or what it inflates to, that is larger than we read. */
export class BodyTooLargeError extends NasError {
  readonly code = 'body-too-large';
}

/** A state change that the state table does not list. */
export class IllegalTransitionError extends NasError {
  readonly code = 'illegal-transition';
}

/** A task of a search whose method has no such tasks. */
export class UnsupportedTaskError extends NasError {
  readonly code = 'unsupported-task';
}

/** Another worker owns the search now: whoever sees this stops and writes nothing. */
export class LeaseLostError extends NasError {
  readonly code = 'lease-lost';
}

/** A measuring agent whose request is not signed as it must be. */
export class AgentRefusedError extends NasError {
  readonly code = 'agent-refused';
}

/** A measurement from an agent that cannot be true. */
export class ImplausibleMeasurementError extends ValidationError {
  override readonly code = 'implausible-measurement';
}

/** The process that computes ended without an answer. */
export class TrainingCrashedError extends NasError {
  readonly code = 'training-crashed';
  override readonly permanent: boolean = false;
}

/** A service that a process needs does not answer; trying again later is right. */
export class ServiceUnavailableError extends NasError {
  readonly code = 'service-unavailable';
  override readonly permanent: boolean = false;
}

/** Anything thrown, as text. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
