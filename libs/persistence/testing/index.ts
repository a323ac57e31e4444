export { freshDatabase, type FreshDatabase } from './fresh-database';
export { sampleCandidate, sampleSpec } from './samples';
