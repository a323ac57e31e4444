/** @file When a model may use operators that only ONNX Runtime has. */
import type { Emitter } from '../graph/emitter';

/**
 * Channels-first and blocked models train here, in ONNX Runtime, whose fused operators save memory passes. Portable
 * batch-first models are what users export, so they keep to the standard.
 */
export const mayUseContributed = ({ lowering }: Emitter): boolean =>
  lowering.featureOrder === 'CNHW' || lowering.blockChannels !== null;
