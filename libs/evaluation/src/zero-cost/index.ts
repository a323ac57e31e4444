export { countOfVotes } from './count-of-votes';
export { requireFeasibleScoring, type CostSources } from './limits';
export { planScoring, type PlannedScoring } from './plan-scoring';
export { directionOf, requireScorable } from './require-scorable';
export { scorableSpace, type ImageShape, type ScorableSpace } from './scorable-space';
export { scoreShard, type ShardInput, type ShardOutcome, type ShardPorts } from './score-shard';
