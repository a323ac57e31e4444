/** @file Start-up check: a job kind without a processor would wait for ever, one with two would race. */
import { ConfigurationError } from '@sextant/common';

/** @throws {ConfigurationError} a queue has no processor, several, or is unknown */
export function requireEveryProcessor(
  queues: readonly string[],
  processed: readonly string[],
): void {
  const faults = [
    ...queues.flatMap((queue) => {
      const count = processed.filter((other) => other === queue).length;
      return count === 1 ? [] : [`queue ${queue} has ${count} processors`];
    }),
    ...processed
      .filter((queue) => !queues.includes(queue))
      .map((queue) => `queue ${queue} is unknown`),
  ];
  if (faults.length > 0)
    throw new ConfigurationError(`each job kind has one processor: ${faults.join('; ')}`);
}
