/** @file Costs of the operations that a ProxylessNAS search learns from, before it is submitted. */
import { ValidationError, UnknownBlockError } from '@sextant/common';
import type { SearchBy } from '@sextant/contracts';
import { asFaultOf, requirePathCosts, resolveSupernetSpace } from '@sextant/evaluation';
import { loadBlockLatencies, type HardwareProfileRepository } from '@sextant/persistence';

const pointer = '/method/options/latencyProfile';

/** The device that is named has a table of all blocks of the space, and the loss has a value at its costs. @throws {ValidationError} */
export async function requirePathLatencies(
  profiles: HardwareProfileRepository,
  spec: SearchBy<'proxyless-nas'>,
): Promise<void> {
  const { latencyProfile } = spec.method.options;
  const table =
    latencyProfile === null
      ? undefined
      : await loadBlockLatencies(profiles, latencyProfile).catch(asFaultOf(pointer));
  try {
    requirePathCosts(spec, resolveSupernetSpace(spec.space), table);
  } catch (error) {
    if (!(error instanceof UnknownBlockError)) throw error;
    const { message } = error;
    throw new ValidationError(message, [{ pointer, message }], { cause: error });
  }
}
