export { fits, openMission, type Mission } from './mission';
export { MissionHistory, MissionOptions } from './mission-problem';
export type {
  Limits,
  MeasuredCosts,
  MissionCandidate,
  MissionOutcome,
  MissionProblem,
  MissionStep,
  TrainedCandidate,
} from './mission-problem';
export { rankScores } from './rank-scores';
export { runMission, type MissionPorts } from './run-mission';
