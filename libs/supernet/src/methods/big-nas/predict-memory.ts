/** @file The most memory a run can take, known before it starts. */
import { dimKey, predictSessionBytes } from '@sextant/engine';
import { maxArchitecture, minArchitecture } from '@sextant/search-space';
import {
  calibrationGraph,
  childLowering,
  exportBatch,
  exportGraph,
  normalisedLayers,
} from '../../child-models';
import { calibrationBatch, inferenceBatch } from '../../evaluate-child';
import { parameterLayout, type ParameterLayout } from '@sextant/networks';
import { trainGraph, type NetworkOptions } from '../../train-graph';
import { slotsOf, updateGraph, updateLowering } from '../../update';
import type { MemoryQuestion } from '../method';
import type { BigNasSettings } from './trainer';

type Question = MemoryQuestion<BigNasSettings>;

/** Node, ONNX Runtime and the data set's readers before the first session, and what waits for the garbage collector. */
const baseBytes = 192 * 2 ** 20;
/** Weight vectors that exist beside those of each child of a step: θ and velocity, before and after, zeros, a checkpoint. */
const lastingVectors = 8;

/**
 * Peak resident memory of a process that trains a supernet and then evaluates its children, without its data set:
 * base + max(sessions of training + weight vectors, session of the largest child). Unit: bytes.
 * An upper bound: 1.35 to 2.45 times what was measured (docs/engine.md, "Memory").
 */
export function predictPeakBytes(question: Question): number {
  const layout = parameterLayout(question.space);
  return baseBytes + Math.max(trainingBytes(question, layout), evaluationBytes(question, layout));
}

function trainingBytes(
  { space, format, settings, lowerings }: Question,
  layout: ParameterLayout,
): number {
  const pass = (options: NetworkOptions = {}) =>
    trainGraph(space, layout, format, settings.batchSize, options);
  const vectors =
    lastingVectors + settings.randomSubnets + 3 * (slotsOf(settings.optimizer).length - 1);
  const largest = { architecture: maxArchitecture(space), regularisation: settings };
  return (
    predictSessionBytes(pass(), lowerings.elastic) +
    predictSessionBytes(pass(largest), lowerings.known) +
    predictSessionBytes(pass({ architecture: minArchitecture(space) }), lowerings.known) +
    lossBytes(settings, () => predictSessionBytes(pass(), lowerings.elastic)) +
    predictSessionBytes(updateGraph(layout, settings), updateLowering) +
    vectors * Float32Array.BYTES_PER_ELEMENT * layout.total
  );
}

/** Looking at losses takes at most what a pass with gradients does. */
const lossBytes = ({ sampling }: BigNasSettings, ofPass: () => number): number =>
  sampling === 'uniform' ? 0 : ofPass();

/** The largest child calibrated, or exported and run; what its weights are does not matter. */
function evaluationBytes({ space, format }: Question, layout: ParameterLayout): number {
  const theta = new Float32Array(layout.total);
  const child = { space, architecture: maxArchitecture(space), layout, theta };
  const statistics = new Map(
    normalisedLayers(child).map((name) => {
      const channels = layout.byName.get(`${name}.gamma`)?.size ?? 0;
      return [name, { mean: new Float32Array(channels), variance: new Float32Array(channels) }];
    }),
  );
  const exported = exportGraph(child, format, statistics);
  const axes = { [dimKey(exportBatch)]: inferenceBatch };
  return Math.max(
    predictSessionBytes(calibrationGraph(child, format, calibrationBatch), childLowering),
    predictSessionBytes(exported, childLowering, axes),
  );
}
