/** @file What a model is and how fast it runs, asked of a process of its own. */
import { fileURLToPath } from 'node:url';
import type { Inspection, InspectRequest } from './inspection';
import { askAboutModel, type ModelLimits } from './model-process';

const builtChild = (): string => fileURLToPath(new URL('inspect.child.js', import.meta.url));

/**
 * @param entry script to fork; it answers one `InspectRequest` with one `InspectAnswer`
 * @throws {CommandFailed} as `askAboutModel` does
 */
export async function inspectModel(
  request: InspectRequest,
  limits: ModelLimits,
  entry: string = builtChild(),
): Promise<Inspection> {
  const { inspection } = await askAboutModel<{ readonly inspection: Inspection }>(
    entry,
    request,
    limits,
  );
  return inspection;
}
