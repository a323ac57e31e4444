/** @file What the process tells its caller. */
import { NasError } from '@sextant/common';

export const exitStatus = {
  ok: 0,
  failed: 1,
  usage: 2,
  infeasible: 3,
  cancelled: 4,
  timeout: 124,
} as const;
export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus];

/** A command that ends with another status than 0, after it has said why. */
export class CommandFailed extends NasError {
  readonly code = 'command-failed';

  constructor(
    message: string,
    readonly status: ExitStatus,
  ) {
    super(message);
  }
}

/** The status for anything thrown: a fault of the user's input is `usage`. */
export function statusOf(error: unknown): ExitStatus {
  if (error instanceof CommandFailed) return error.status;
  return exitStatus.failed;
}
