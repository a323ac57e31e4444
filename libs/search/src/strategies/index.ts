/** @file All strategies, by name. */
import { constrainedEvolution } from './constrained-evolution';
import { enumeration } from './enumeration';
import { localSearch } from './local-search';
import { nsga2 } from './nsga-2';
import { randomSearch } from './random-search';
import { regularizedEvolution } from './regularized-evolution';

export const strategies = {
  'random-search': randomSearch,
  'regularized-evolution': regularizedEvolution,
  'nsga-2': nsga2,
  'constrained-evolution': constrainedEvolution,
  'local-search': localSearch,
  enumeration,
};
export type StrategyName = keyof typeof strategies;

export const isStrategyName = (name: string): name is StrategyName =>
  Object.hasOwn(strategies, name);
