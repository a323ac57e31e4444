export { freshDatabase, type FreshDatabase } from './fresh-database';
export { bruteForceBest, randomResult, rankedOf, type RandomResult } from './random-results';
export { runningSearch } from './running-search';
export { sampleCandidate, sampleSpec } from './samples';
export { storeBenchmark } from './benchmark';
