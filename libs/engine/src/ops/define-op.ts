/** @file Declaring and applying ops: errors carry the op's name, single outputs come back bare. */
import { ShapeError } from '@sextant/common';
import { dimsKey, sameDims, type Dim } from '../graph/dims';
import type { Op } from '../graph/op';
import type { TensorType, Value } from '../graph/value';

/** Checks a declaration's types and prefixes the op's name to any shape error. */
export function defineOp<A extends object>(op: Op<A>): Op<A> {
  return {
    ...op,
    infer(inputs, attributes) {
      try {
        return op.infer(inputs, attributes);
      } catch (error) {
        if (!(error instanceof ShapeError)) throw error;
        throw new ShapeError(`${op.name}: ${error.message}`, { cause: error });
      }
    },
  };
}

/** Appends the op to its inputs' graph and returns all outputs. */
export function applyAll<A extends object>(
  op: Op<A>,
  inputs: readonly Value[],
  attributes: A,
): readonly Value[] {
  const graph = inputs[0]?.graph;
  if (!graph) throw new ShapeError(`${op.name}: needs an input`);
  return graph.append(op, inputs, attributes);
}

/** Appends an op of one output. */
export const apply = <A extends object>(
  op: Op<A>,
  inputs: readonly Value[],
  attributes: A,
): Value => applyAll(op, inputs, attributes)[0] as Value;

export const describe = (type: TensorType): string => `${type.layout}[${dimsKey(type.dims)}]`;

/** The type at `index`. @throws {ShapeError} there is none, or its rank differs */
export function typeAt(types: readonly TensorType[], index: number, rank?: number): TensorType {
  const type = types[index];
  if (!type) throw new ShapeError(`input ${index} is missing`);
  if (rank !== undefined && type.dims.length !== rank) {
    throw new ShapeError(`input ${index} is ${describe(type)}, expected rank ${rank}`);
  }
  return type;
}

/** @throws {ShapeError} the two types differ in dims or layout */
export function requireSame(a: TensorType, b: TensorType): void {
  if (!sameDims(a.dims, b.dims) || a.layout !== b.layout) {
    throw new ShapeError(`${describe(a)} and ${describe(b)} must be equal`);
  }
}

/** @throws {ShapeError} `actual` is not the size `expected` */
export function requireDim(what: string, actual: Dim | undefined, expected: Dim): void {
  if (actual === undefined || !sameDims([actual], [expected])) {
    const shown = actual === undefined ? 'missing' : dimsKey([actual]);
    throw new ShapeError(`${what} is ${shown}, expected ${dimsKey([expected])}`);
  }
}

/** A feature map's [N, C, H, W]. @throws {ShapeError} the type is not a feature map */
export function featureDims(type: TensorType): readonly [Dim, Dim, Dim, Dim] {
  if (type.layout !== 'feature' || type.dims.length !== 4) {
    throw new ShapeError(`${describe(type)} is not a feature map [N,C,H,W]`);
  }
  return type.dims as readonly [Dim, Dim, Dim, Dim];
}
