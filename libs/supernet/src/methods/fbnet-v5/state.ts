/** @file What a search carries from step to step. */
import { initialWeights, type ParameterLayout } from '@sextant/networks';
import { rng } from '@sextant/common';
import { fullTopology, topologyUnits } from '@sextant/search-space';
import type { TrainingState, VectorLengths } from '../training-state';
import { baselineLength } from './baselines';
import type { FbNetV5Input } from './input';
import { planLayout } from './network-plan';
import type { Logits } from './topology-distribution';

export type VectorName =
  /** Of the supernet and all heads. */
  | 'theta'
  | 'velocity'
  /** Task after task, B each, and their moments. */
  | 'logits'
  | 'firstMoment'
  | 'secondMoment'
  | 'baselines'
  /** Teacher after teacher, in the order of the tasks that have one. */
  | 'teachers'
  /** Of the teacher that is being trained. */
  | 'teacherVelocity';

export type FbNetV5State = TrainingState<VectorName>;

/** Where the weights of everything lie. */
export interface Layouts {
  readonly supernet: ParameterLayout;
  readonly teachers: readonly ParameterLayout[];
}

export function layoutsOf({ space, format, tasks }: FbNetV5Input): Layouts {
  const taught = tasks.flatMap(({ task, target }) => (target ? [task] : []));
  return {
    supernet: planLayout({ space, format, tasks: tasks.map(({ task }) => task) }),
    teachers: taught.map((task) => planLayout({ space, format, tasks: [task] })),
  };
}

export function vectorLengths(
  { space, tasks }: FbNetV5Input,
  { supernet, teachers }: Layouts,
): VectorLengths<VectorName> {
  const logits = tasks.length * topologyUnits(space).length;
  const totals = teachers.map(({ total }) => total);
  return {
    ...{ theta: supernet.total, velocity: supernet.total },
    ...{ logits, firstMoment: logits, secondMoment: logits },
    baselines: baselineLength(tasks.length),
    teachers: totals.reduce((sum, total) => sum + total, 0),
    teacherVelocity: Math.max(0, ...totals),
  };
}

/** Every unit is kept half the time, by every task. */
export function initialState(input: FbNetV5Input, layouts: Layouts): FbNetV5State {
  const lengths = vectorLengths(input, layouts);
  const zeros = (name: VectorName): Float32Array => new Float32Array(lengths[name] ?? 0);
  return {
    step: 0,
    vectors: {
      theta: initialWeights(layouts.supernet, rng(input.seed, 'weights')),
      velocity: zeros('velocity'),
      logits: zeros('logits'),
      firstMoment: zeros('firstMoment'),
      secondMoment: zeros('secondMoment'),
      baselines: zeros('baselines'),
      teachers: zeros('teachers'),
      teacherVelocity: zeros('teacherVelocity'),
    },
  };
}

/** θ^t of each task. */
export function distributionsOf(logits: Float32Array, tasks: number): readonly Logits[] {
  const units = logits.length / tasks;
  return Array.from({ length: tasks }, (_, t) => logits.subarray(t * units, (t + 1) * units));
}

/** What a teacher is: everything of the space. */
export const teacherTopology = fullTopology;
