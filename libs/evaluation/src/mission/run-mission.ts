/** @file A mission driven to its end over what trains and what measures. */
import { openMission, type Mission } from './mission';
import type {
  MeasuredCosts,
  MissionHistory,
  MissionOptions,
  MissionOutcome,
  MissionProblem,
} from './mission-problem';

export interface MissionPorts {
  /** Trains and validates; larger is better. */
  accuracyOf(id: string): Promise<number>;
  /** Every limited cost by its key, or null where the network does not run. */
  measure(id: string): Promise<MeasuredCosts>;
  /** After every step: what to store to go on from here. */
  onStep?(history: () => MissionHistory): Promise<void>;
}

async function take(mission: Mission, ports: MissionPorts): Promise<MissionOutcome | null> {
  const step = mission.next();
  if (step.kind === 'done') return step.outcome;
  if (step.kind === 'train') mission.tellTrained(step.id, await ports.accuracyOf(step.id));
  else mission.tellMeasured(step.id, await ports.measure(step.id));
  await ports.onStep?.(() => mission.history());
  return null;
}

/**
 * Trains at most `options.trainings` and measures at most `options.measurements` candidates; `history` goes on from an earlier
 * run. Infeasible limits are an outcome, not an error.
 * @throws {ValidationError} as `openMission`
 */
export async function runMission(
  problem: MissionProblem,
  options: { readonly seed: number } & Partial<MissionOptions>,
  ports: MissionPorts,
  history?: unknown,
): Promise<MissionOutcome> {
  const mission = openMission(problem, options, history);
  let outcome = await take(mission, ports);
  while (!outcome) outcome = await take(mission, ports);
  return outcome;
}
