export { crowdingDistance } from './crowding-distance';
export { hypervolume } from './hypervolume';
export { nonDominatedSort } from './non-dominated-sort';
export {
  hypervolumeHistory,
  insertIntoFront,
  paretoFront,
  type FrontMember,
  type FrontUpdate,
} from './pareto-front';
export { dominates, weaklyDominates, type Point } from './points';
export { rankByFronts, type Ranked } from './rank-by-fronts';
