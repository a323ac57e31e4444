export { estimateZeroCost, type ScoringReference } from './estimate-zero-cost';
export { estimateSupernet, type Reference } from './estimate-search';
export { estimateTaskSearch, type TaskReference } from './estimate-task-search';
