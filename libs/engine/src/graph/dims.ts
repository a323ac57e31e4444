/** @file Sizes of tensors: a number, or an integer expression over values known only at run time. */
import { ShapeError } from '@sextant/common';

/** Element `index` of the int64 vector input `input`: how an architecture reaches a graph. */
interface ElementDim {
  readonly kind: 'element';
  readonly input: string;
  readonly index: number;
}

/** Size of axis `axis` of the graph input `input`, such as a batch that the caller chooses. */
interface AxisDim {
  readonly kind: 'axis';
  readonly input: string;
  readonly axis: number;
}

type DimOperator = 'add' | 'sub' | 'mul' | 'floorDiv' | 'min';

interface OperatorDim {
  readonly kind: DimOperator;
  readonly left: Dim;
  readonly right: Dim;
}

/** A run-time size. Two expressions are the same size exactly when their keys are equal. */
export type SymbolicDim = (ElementDim | AxisDim | OperatorDim) & {
  readonly key: string;
  /** Every value it may take, ascending, where that is known; the largest bounds memory. */
  readonly choices: readonly number[] | null;
};

export type Dim = number | SymbolicDim;
export type Dims = readonly Dim[];

/** Resolves the leaves of a symbolic size, e.g. from the architecture vector of one run. */
export interface DimEnvironment {
  element(input: string, index: number): number;
  axis(input: string, axis: number): number;
}

/** Element `index` of int64 input `input`, which takes one of `choices`. */
export function elementDim(input: string, index: number, choices: readonly number[]): Dim {
  const sorted = [...new Set(choices)].sort((a, b) => a - b);
  if (sorted.length === 1) return sorted[0] as number;
  return { kind: 'element', input, index, key: `${input}[${index}]`, choices: sorted };
}

/** Size of axis `axis` of graph input `input`. */
export function axisDim(input: string, axis: number): Dim {
  return { kind: 'axis', input, axis, key: `${input}.${axis}`, choices: null };
}

export const dimKey = (dim: Dim): string => (typeof dim === 'number' ? String(dim) : dim.key);
export const dimsKey = (dims: Dims): string => dims.map(dimKey).join(',');
export const sameDims = (a: Dims, b: Dims): boolean => dimsKey(a) === dimsKey(b);
export const isStatic = (dims: Dims): dims is readonly number[] =>
  dims.every((dim) => typeof dim === 'number');

const compute: Record<DimOperator, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  floorDiv: (a, b) => Math.floor(a / b),
  min: (a, b) => Math.min(a, b),
};

export const choicesOf = (dim: Dim): readonly number[] | null =>
  typeof dim === 'number' ? [dim] : dim.choices;

function combine(kind: DimOperator, left: Dim, right: Dim): Dim {
  if (typeof left === 'number' && typeof right === 'number') return compute[kind](left, right);
  return {
    kind,
    left,
    right,
    key: `${kind}(${dimKey(left)},${dimKey(right)})`,
    choices: combineChoices(kind, left, right),
  };
}

/** Only when one side is fixed: two varying sides may be correlated, so their product set would lie. */
function combineChoices(kind: DimOperator, left: Dim, right: Dim): readonly number[] | null {
  const [a, b] = [choicesOf(left), choicesOf(right)];
  if (!a || !b || (a.length > 1 && b.length > 1)) return null;
  const values = a.flatMap((x) => b.map((y) => compute[kind](x, y)));
  return [...new Set(values)].sort((x, y) => x - y);
}

export function addDims(a: Dim, b: Dim): Dim {
  if (a === 0) return b;
  return b === 0 ? a : combine('add', a, b);
}
export function subDims(a: Dim, b: Dim): Dim {
  if (dimKey(a) === dimKey(b)) return 0;
  return b === 0 ? a : combine('sub', a, b);
}
export function mulDims(a: Dim, b: Dim): Dim {
  if (a === 1) return b;
  return b === 1 ? a : combine('mul', a, b);
}
export const floorDivDims = (a: Dim, b: Dim): Dim => (b === 1 ? a : combine('floorDiv', a, b));

export const minDims = (a: Dim, b: Dim): Dim => combine('min', a, b);

/** ⌈a / b⌉ for positive sizes; the output size of a stride-b convolution padded by ⌊k/2⌋, k odd. */
export const ceilDivDims = (a: Dim, b: number): Dim =>
  b === 1 ? a : floorDivDims(addDims(a, b - 1), b);

export const productOf = (dims: Dims): Dim => dims.reduce<Dim>(mulDims, 1);

/** Largest value a size can take. @throws {ShapeError} its choices are not known */
export function maxDim(dim: Dim): number {
  const largest = choicesOf(dim)?.at(-1);
  if (largest === undefined) throw new ShapeError(`size ${dimKey(dim)} has no known upper bound`);
  return largest;
}

/** The number a size stands for in one run. */
export function evaluateDim(dim: Dim, environment: DimEnvironment): number {
  if (typeof dim === 'number') return dim;
  switch (dim.kind) {
    case 'element':
      return environment.element(dim.input, dim.index);
    case 'axis':
      return environment.axis(dim.input, dim.axis);
    default:
      return compute[dim.kind](
        evaluateDim(dim.left, environment),
        evaluateDim(dim.right, environment),
      );
  }
}
