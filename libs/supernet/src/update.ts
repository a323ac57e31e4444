/** @file The step from gradients to new weights: a model of its own, for whatever network. */
import {
  addWeightDecay,
  clipByValue,
  decayCoefficients,
  Graph,
  plain,
  portableLowerings,
  rmsProp,
  rmsPropDefaults,
  sgd,
  writeModel,
  type Value,
} from '@sextant/engine';
import type { ParameterLayout } from '@sextant/networks';

export const optimizers = {
  /** Nesterov momentum. */
  sgd: { slots: { velocity: 0 } },
  /** As TensorFlow 1: mean squares start at 1, ε inside the root. */
  rmsprop: { slots: { velocity: 0, meanSquare: 1 } },
} as const;
export type OptimizerName = keyof typeof optimizers;

export interface UpdateOptions {
  readonly optimizer: OptimizerName;
  readonly momentum: number;
  readonly gradientClip: number;
  readonly weightDecay: number;
}

/** Names of the vectors that an optimizer keeps beside theta. */
export const slotsOf = (optimizer: OptimizerName): readonly string[] =>
  Object.keys(optimizers[optimizer].slots);

/** The vectors of an optimizer before its first step. */
export const freshSlots = (
  optimizer: OptimizerName,
  length: number,
): Readonly<Record<string, Float32Array>> =>
  Object.fromEntries(
    Object.entries(optimizers[optimizer].slots).map(([name, start]) => [
      name,
      new Float32Array(length).fill(start),
    ]),
  );

/** An update's outputs are its inputs' names with this before them. */
export const nextOf = (name: string): string => `next ${name}`;

/**
 * Inputs theta, the optimizer's slots and gradients [P], learningRate []; outputs `next theta` and `next <slot>` [P].
 * Gradients are clamped to ±gradientClip before decay is added.
 */
export function updateGraph(layout: ParameterLayout, options: UpdateOptions): Graph {
  const graph = new Graph();
  const dims = [layout.total];
  const vector = (name: string): Value => graph.input(name, plain(dims));
  const theta = vector('theta');
  const velocity = vector('velocity');
  const gradients = vector('gradients');
  const learningRate = graph.input('learningRate', plain([]));
  const decay = decayCoefficients(layout.total, layout.parameters, options.weightDecay);
  const gradient = addWeightDecay(
    clipByValue(gradients, options.gradientClip),
    theta,
    graph.constant(decay, dims),
  );
  const { momentum } = options;
  const next: Readonly<Record<string, Value>> =
    options.optimizer === 'sgd'
      ? { ...sgd({ theta, velocity, gradient, learningRate }, { momentum, nesterov: true }) }
      : {
          ...rmsProp(
            { theta, velocity, gradient, learningRate, meanSquare: vector('meanSquare') },
            { ...rmsPropDefaults, momentum },
          ),
        };
  for (const [name, value] of Object.entries(next)) graph.output(nextOf(name), value);
  return graph;
}

/** Of the update, which has no feature maps. */
export const updateLowering = portableLowerings.known;

/** `updateGraph` as a model. */
export const updateModel = (layout: ParameterLayout, options: UpdateOptions): Uint8Array =>
  writeModel(updateGraph(layout, options), { lowering: updateLowering });
