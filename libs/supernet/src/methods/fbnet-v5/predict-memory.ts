/** @file The most memory a search for several tasks can take, known before it starts. */
import { predictSessionBytes, dimKey, type Lowerings } from '@sextant/engine';
import { fullTopology } from '@sextant/search-space';
import { childLowering, exportBatch } from '../../child-models';
import { calibrationBatch } from '../../evaluate-child';
import { updateGraph, updateLowering } from '../../update';
import { calibrationGraph, predictionGraph } from './derived-models';
import { predictionBatch } from './evaluate-network';
import type { FbNetV5Settings } from './input';
import { planLayout, type NetworkPlan } from './network-plan';
import { optimizer } from './network-trainer';
import { passGraph } from './pass';

/** Node, ONNX Runtime and readers before the first session, and what waits for the garbage collector. */
const baseBytes = 192 * 2 ** 20;
/** Weights and velocity before and after a step, gradients, teachers, a checkpoint. */
const lastingVectors = 10;

export interface MultiTaskMemory extends NetworkPlan {
  readonly settings: Pick<
    FbNetV5Settings,
    'batchSize' | 'momentum' | 'gradientClip' | 'weightDecay'
  >;
  readonly lowerings: Lowerings;
}

/**
 * Peak resident memory of a process that searches, and then evaluates the largest network with every head, without its
 * data: base + max(both passes and the update, the session of an evaluation) + weight vectors. Unit: bytes.
 */
export function predictMultiTaskBytes({ settings, lowerings, ...plan }: MultiTaskMemory): number {
  const layout = planLayout(plan);
  const pass = (withGradients: boolean): number =>
    predictSessionBytes(
      passGraph(plan, { layout, batchSize: settings.batchSize, withGradients }),
      lowerings.elastic,
    );
  const update = predictSessionBytes(
    updateGraph(layout, { ...settings, optimizer }),
    updateLowering,
  );
  const theta = new Float32Array(layout.total);
  const network = { ...plan, layout, theta, topology: fullTopology(plan.space) };
  const calibration = calibrationGraph(network, calibrationBatch);
  const statistics = new Map(
    layout.parameters.flatMap(({ name, size }) => {
      const vector = new Float32Array(size);
      const layer = name.slice(0, -'.gamma'.length);
      return name.endsWith('.gamma') ? [[layer, { mean: vector, variance: vector }] as const] : [];
    }),
  );
  const axes = { [dimKey(exportBatch)]: predictionBatch };
  const evaluation = Math.max(
    predictSessionBytes(calibration, childLowering),
    predictSessionBytes(predictionGraph(network, statistics), childLowering, axes),
  );
  const vectors = lastingVectors * Float32Array.BYTES_PER_ELEMENT * layout.total;
  return baseBytes + vectors + Math.max(pass(true) + pass(false) + update, evaluation);
}
