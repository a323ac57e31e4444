/** @file The most memory a run can take, known before it starts. */
import { predictSessionBytes } from '@sextant/engine';
import { maxArchitecture, minArchitecture } from '@sextant/search-space';
import { mbconvEvaluationBytes } from '../../families/mbconv-memory';
import { processBytes, vectorBytes } from '../process-memory';
import { parameterLayout, type ParameterLayout } from '@sextant/networks';
import { trainGraph, type NetworkOptions } from '../../train-graph';
import { slotsOf, updateGraph, updateLowering } from '../../update';
import type { MemoryQuestion } from '../method';
import type { BigNasSettings } from './trainer';

type Question = MemoryQuestion<BigNasSettings>;

/** Weight vectors that exist beside those of each child of a step: θ and velocity, before and after, zeros, a checkpoint. */
const lastingVectors = 8;

/**
 * Peak resident memory of a process that trains a supernet and then evaluates its children, without its data set:
 * base + max(sessions of training + weight vectors, session of the largest child). Unit: bytes.
 * An upper bound: 1.35 to 2.45 times what was measured (docs/engine.md, "Memory").
 */
export function predictPeakBytes(question: Question): number {
  const layout = parameterLayout(question.space);
  return (
    processBytes +
    Math.max(
      trainingBytes(question, layout),
      mbconvEvaluationBytes(question.space, question.format),
    )
  );
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
    vectorBytes(vectors * layout.total)
  );
}

/** Looking at losses takes at most what a pass with gradients does. */
const lossBytes = ({ sampling }: BigNasSettings, ofPass: () => number): number =>
  sampling === 'uniform' ? 0 : ofPass();
