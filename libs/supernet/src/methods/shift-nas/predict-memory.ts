/** @file The most memory a ShiftNAS run can take, known before it starts. */
import { portableLowerings, predictSessionBytes } from '@sextant/engine';
import { familyOf, type AnySpace } from '../../families';
import { lossGraph, passGraph } from '../../pass-graph';
import { slotsOf, updateGraph, updateLowering } from '../../update';
import type { MemoryQuestion } from '../method';
import { processBytes, vectorBytes } from '../process-memory';
import { generatorLayout, generatorStepGraph, sampleGraph } from './generator';
import { generatorShape, type ShiftNasSettings } from './trainer';

/** θ before and after, gradients, zeros, the snapshot, a checkpoint and what it is copied from. */
const lastingVectors = 8;
/** The generator and its moments, before and after. */
const generatorVectors = 8;

/**
 * Peak resident memory of a process that trains a supernet and then evaluates its children, without its data set:
 * base + max(sessions of training + vectors, session of the largest child). Unit: bytes.
 */
export function predictPeakBytes({
  space,
  format,
  settings,
  lowerings,
}: MemoryQuestion<ShiftNasSettings, AnySpace>): number {
  const family = familyOf(space);
  const shape = generatorShape(family, settings);
  const generator = generatorLayout(shape);
  const { known } = portableLowerings;
  const pass = (build: typeof passGraph | typeof lossGraph): number =>
    predictSessionBytes(family.elasticGraph(build, format, settings.batchSize), lowerings.elastic);
  const training =
    pass(passGraph) +
    pass(lossGraph) +
    predictSessionBytes(sampleGraph(shape, generator), known) +
    predictSessionBytes(generatorStepGraph(shape, generator, settings), known) +
    predictSessionBytes(updateGraph(family.layout, settings), updateLowering) +
    vectorBytes((lastingVectors + 3 * slotsOf(settings.optimizer).length) * family.layout.total) +
    vectorBytes(generatorVectors * generator.total);
  return processBytes + Math.max(training, family.evaluationBytes(format));
}
