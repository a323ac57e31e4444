/** @file One step of Adam for the logits of all tasks, as a model. */
import { adam, clip, Graph, plain, writeModel, type AdamState } from '@sextant/engine';
import { updateLowering } from '../../update';

/** Inputs of the model that are vectors [T·B]. */
export const topologyVectors = ['logits', 'firstMoment', 'secondMoment'] as const;

/**
 * Inputs logits, firstMoment, secondMoment, gradient [T·B], learningRate, firstCorrection, secondCorrection []; outputs
 * nextLogits, within ±limit, nextFirstMoment, nextSecondMoment [T·B].
 */
export function topologyUpdateModel(length: number, limit: number): Uint8Array {
  const graph = new Graph();
  const vector = (name: string) => graph.input(name, plain([length]));
  const scalar = (name: string) => graph.input(name, plain([]));
  const next: AdamState = adam({
    theta: vector('logits'),
    firstMoment: vector('firstMoment'),
    secondMoment: vector('secondMoment'),
    gradient: vector('gradient'),
    learningRate: scalar('learningRate'),
    firstCorrection: scalar('firstCorrection'),
    secondCorrection: scalar('secondCorrection'),
  });
  graph.output('nextLogits', clip(next.theta, -limit, limit));
  graph.output('nextFirstMoment', next.firstMoment);
  graph.output('nextSecondMoment', next.secondMoment);
  return writeModel(graph, { lowering: updateLowering });
}
