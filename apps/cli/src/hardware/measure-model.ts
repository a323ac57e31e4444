/** @file How fast a model runs on this machine, asked of a process that is used once. */
import { fileURLToPath } from 'node:url';
import type { SteadyLatency } from '@sextant/evaluation';
import { askAboutModel, type ModelLimits } from '../model-process';
import type { MeasureRequest } from './measure.child';

const builtChild = (): string => fileURLToPath(new URL('measure.child.js', import.meta.url));

/** @throws {CommandFailed} as `askAboutModel` does */
export async function measureModel(
  request: MeasureRequest,
  limits: ModelLimits,
  entry: string = builtChild(),
): Promise<SteadyLatency> {
  const { latency } = await askAboutModel<{ readonly latency: SteadyLatency }>(
    entry,
    request,
    limits,
  );
  return latency;
}
