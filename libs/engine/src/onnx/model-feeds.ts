/** @file Values to run a model from elsewhere on: sizes settled, contents drawn from a seed. */
import { UnsupportedModelError, ValidationError, type Rng } from '@sextant/common';
import type { FeedType, TypedTensor } from '../runtime/session';
import { elementCount } from './element-types';
import type { DeclaredDim, ForeignModel, ModelPort } from './read-model';

/** Sizes of inputs by name, as the caller wants them. */
export type InputDims = Readonly<Record<string, readonly number[]>>;

/** 256 MiB of float32. */
const largestInput = 2 ** 26;

const shown = (dims: readonly DeclaredDim[]): string =>
  `[${dims.map((dim) => dim ?? '?').join(', ')}]`;

/**
 * Sizes to run each input at: those given, else those declared. An open first size is taken for the batch and becomes 1;
 * any other open size must be given.
 * @throws {ValidationError} a size is missing, contradicts the model, is too large, or is for an input that is not there
 * @throws {UnsupportedModelError} an input or output is no tensor
 */
export function settleInputs({ inputs, outputs }: ForeignModel, given: InputDims): InputDims {
  const other = [...inputs, ...outputs].find(({ isTensor }) => !isTensor);
  if (other !== undefined) {
    throw new UnsupportedModelError(
      `"${other.name}" is of kind ${other.elementType}; only models that take and give tensors can be run`,
    );
  }
  const unknown = Object.keys(given).find((name) => !inputs.some((input) => input.name === name));
  if (unknown !== undefined) {
    const names = inputs.map(({ name }) => name).join(', ');
    throw new ValidationError(
      `the model has no input "${unknown}"; its inputs: ${names || 'none'}`,
    );
  }
  return Object.fromEntries(
    inputs.map((input) => [
      input.name,
      settle(input, Object.hasOwn(given, input.name) ? given[input.name] : undefined),
    ]),
  );
}

function settle(input: ModelPort, given: readonly number[] | undefined): readonly number[] {
  const dims = given === undefined ? declaredDims(input) : matching(input, given);
  if (elementCount(dims) <= largestInput) return dims;
  throw new ValidationError(
    `input "${input.name}" of ${dims.join('x')} has more than ${largestInput} elements; choose a smaller size`,
  );
}

function declaredDims({ name, dims }: ModelPort): readonly number[] {
  if (dims === null) {
    throw new ValidationError(
      `the model does not declare the size of input "${name}"; give it, as in --input ${name}=1x3x224x224`,
    );
  }
  return dims.map((dim, axis) => {
    if (typeof dim === 'number') return dim;
    if (axis === 0) return 1;
    throw new ValidationError(
      `input "${name}" is ${shown(dims)}: give its open sizes, as in --input ${name}=${example(dims)}`,
    );
  });
}

const example = (dims: readonly DeclaredDim[]): string =>
  dims.map((dim, axis) => (typeof dim === 'number' ? dim : axis === 0 ? 1 : 32)).join('x');

function matching({ name, dims }: ModelPort, given: readonly number[]): readonly number[] {
  const fits =
    dims === null ||
    (dims.length === given.length &&
      dims.every((dim, axis) => typeof dim !== 'number' || dim === given[axis]));
  if (fits) return given;
  throw new ValidationError(`input "${name}" is ${shown(dims)}, so it cannot be ${shown(given)}`);
}

type Draw = (rng: Rng) => number;
interface Filling {
  readonly array: new (length: number) => { [index: number]: number | bigint } & ArrayBufferView;
  /** Left out: all zero. */
  readonly draw?: Draw;
}

/** Bits of a float16 in [½, 1). */
const halfBits: Draw = (rng) => 0x3800 + rng.int(0x400);
const uniform: Draw = (rng) => rng.uniform();

/** Wide integers are often indices or sizes, for which only 0 is surely valid. */
const fillings: Readonly<Record<Exclude<FeedType, 'string'>, Filling>> = {
  float32: { array: Float32Array, draw: uniform },
  float64: { array: Float64Array, draw: uniform },
  float16: { array: Uint16Array, draw: halfBits },
  uint8: { array: Uint8Array, draw: (rng) => rng.int(256) },
  int8: { array: Int8Array },
  uint16: { array: Uint16Array },
  int16: { array: Int16Array },
  int32: { array: Int32Array },
  uint32: { array: Uint32Array },
  int64: { array: BigInt64Array },
  uint64: { array: BigUint64Array },
  bool: { array: Uint8Array },
};

/**
 * Floats uniform in [0, 1) (float16: [½, 1)), uint8 uniform in 0..255, other integers 0, bool false, strings empty.
 * @throws {UnsupportedModelError} an input has an element type that cannot be handed to ONNX Runtime from JavaScript
 */
export function drawFeeds(
  { inputs }: ForeignModel,
  sizes: InputDims,
  rng: Rng,
): Record<string, TypedTensor> {
  return Object.fromEntries(
    inputs.map((input) => [input.name, draw(input, sizes[input.name] ?? [], rng.fork(input.name))]),
  );
}

const canFeed = (type: string): type is FeedType =>
  type === 'string' || Object.hasOwn(fillings, type);

function draw(
  { name, elementType: type }: ModelPort,
  dims: readonly number[],
  rng: Rng,
): TypedTensor {
  if (!canFeed(type)) {
    throw new UnsupportedModelError(`input "${name}" is of type ${type}, which cannot be fed`);
  }
  const count = elementCount(dims);
  if (type === 'string') return { type, dims, data: Array.from({ length: count }, () => '') };
  const { array: TypedArray, draw: drawOne } = fillings[type];
  const data = new TypedArray(count);
  if (drawOne) for (let at = 0; at < count; at++) data[at] = drawOne(rng);
  return { type, dims, data };
}
