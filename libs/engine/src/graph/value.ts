/** @file What flows along a graph: a symbolic tensor with a type, made by one node. */
import type { Dims } from './dims';
import type { Graph, Scope } from './graph';

export type DType = 'float32' | 'int64' | 'uint8';

/**
 * `feature` marks an activation with logical dims [N,C,H,W]; each lowering may store it in another order.
 * Everything else is `plain` and stored as written.
 */
export type Layout = 'feature' | 'plain';

export interface TensorType {
  readonly dtype: DType;
  readonly dims: Dims;
  readonly layout: Layout;
}

/** One symbolic tensor. Identity is the object; `id` orders values and names them in the model. */
export interface Value {
  readonly id: number;
  readonly graph: Graph;
  readonly scope: Scope;
  readonly type: TensorType;
}

export const plain = (dims: Dims, dtype: DType = 'float32'): TensorType => ({
  dtype,
  dims,
  layout: 'plain',
});
export const feature = (dims: Dims, dtype: DType = 'float32'): TensorType => ({
  dtype,
  dims,
  layout: 'feature',
});
