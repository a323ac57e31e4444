import { Search1764000000001 } from './0001-search';
import { Candidate1764000000002 } from './0002-candidate';
import { Hardware1764000000003 } from './0003-hardware';
import { Query1764000000004 } from './0004-query';
import { Scoring1764000000005 } from './0005-scoring';
import { Benchmark1764000000006 } from './0006-benchmark';
import { QueryRounds1764000000007 } from './0007-query-rounds';
import { SimulatedCosts1764000000008 } from './0008-simulated-costs';
import { TaskLists1764000000009 } from './0009-task-lists';

/** Every migration, in order; names are unique and never change once merged. */
export const migrations = [
  Search1764000000001,
  Candidate1764000000002,
  Hardware1764000000003,
  Query1764000000004,
  Scoring1764000000005,
  Benchmark1764000000006,
  QueryRounds1764000000007,
  SimulatedCosts1764000000008,
  TaskLists1764000000009,
];
