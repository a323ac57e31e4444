/** @file Tells a database that is away from a query that is wrong: only the first is worth a retry. */

/** System errors of a connection, and PostgreSQL's classes: starting or stopping, too many connections. */
const outages = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  '53300',
  '57P01',
  '57P02',
  '57P03',
]);

/** node-postgres ends a lost connection with a message and no code. */
const lostConnection =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|server closed the connection|driver not connected/i;

interface Chained {
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
  readonly driverError?: unknown;
  readonly errors?: readonly unknown[];
}

function isOutage({ code, syscall, message }: Chained): boolean {
  if (typeof message === 'string' && lostConnection.test(message)) return true;
  if (typeof code !== 'string') return false;
  if (code.startsWith('08')) return true;
  return outages.has(code) && (code !== 'ENOENT' || syscall === 'connect');
}

/** Whether the error, or what it was caused by, says that PostgreSQL cannot be reached now. */
export function isDatabaseOutage(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const it = error as Chained;
  return isOutage(it) || [it.cause, it.driverError, ...(it.errors ?? [])].some(isDatabaseOutage);
}
