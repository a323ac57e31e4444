/** @file What an op declares: shape inference, gradient, float64 reference and ONNX emission, in one place. */
import type { Dim, DimEnvironment } from './dims';
import type { Emitter, Stored } from './emitter';
import type { Node } from './graph';
import type { Float64Tensor } from './float64-tensor';
import type { TensorType, Value } from './value';

/** An op node as its own rules see it. */
export interface OpNode<A> extends Node {
  readonly attributes: A & object;
}

export interface Op<A extends object> {
  readonly name: string;
  /** Types of the outputs. @throws {ShapeError} inputs do not fit */
  infer(inputs: readonly TensorType[], attributes: A): readonly TensorType[];
  /**
   * Vector–Jacobian product: a gradient for each input (null: none flows). Built from ops again, so it can be
   * differentiated in turn. Absent: the op is piecewise constant and nothing flows.
   */
  gradient?(node: OpNode<A>, dOutputs: readonly (Value | null)[]): readonly (Value | null)[];
  /** The same mathematics in float64, on small tensors, as the tests' truth. */
  reference(
    inputs: readonly Float64Tensor[],
    attributes: A,
    size: (dim: Dim) => number,
    environment: DimEnvironment,
  ): readonly Float64Tensor[];
  /** Appends ONNX nodes and returns the names of the outputs. */
  emit(emitter: Emitter, node: OpNode<A>, inputs: readonly string[]): readonly string[];
  /** The same on blocked feature maps, where the lowering keeps them so; null: not with these sizes. */
  emitBlocked?(emitter: Emitter, node: OpNode<A>): readonly Stored[] | null;
  /** `emit` works on feature maps in any storage, and keeps what fills up the last block finite. */
  readonly anyStorage?: boolean;
}
