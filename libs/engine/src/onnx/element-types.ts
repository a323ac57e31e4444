/** @file ONNX element types: name, size, and the field of a TensorProto that holds them one by one. */
import type { TensorProto } from './protobuf';

type TypedField = 'floatData' | 'int32Data' | 'int64Data' | 'doubleData' | 'uint64Data';

export interface ElementType {
  readonly name: string;
  readonly bits: number;
  readonly field: TypedField;
  /** Entries of the field that one element takes: 2 for a complex number, ½ where two share a byte. */
  readonly entries: number;
}

const type = (name: string, bits: number, field: TypedField, entries = 1): ElementType => ({
  name,
  bits,
  field,
  entries,
});

/** Elements are byte strings of any length, kept in `string_data` only. */
export const stringType = 8;

/** By TensorProto.DataType; strings have no size and are not here. */
const elementTypes: ReadonlyMap<number, ElementType> = new Map([
  [1, type('float32', 32, 'floatData')],
  [2, type('uint8', 8, 'int32Data')],
  [3, type('int8', 8, 'int32Data')],
  [4, type('uint16', 16, 'int32Data')],
  [5, type('int16', 16, 'int32Data')],
  [6, type('int32', 32, 'int32Data')],
  [7, type('int64', 64, 'int64Data')],
  [9, type('bool', 8, 'int32Data')],
  [10, type('float16', 16, 'int32Data')],
  [11, type('float64', 64, 'doubleData')],
  [12, type('uint32', 32, 'uint64Data')],
  [13, type('uint64', 64, 'uint64Data')],
  [14, type('complex64', 64, 'floatData', 2)],
  [15, type('complex128', 128, 'doubleData', 2)],
  [16, type('bfloat16', 16, 'int32Data')],
  [17, type('float8e4m3fn', 8, 'int32Data')],
  [18, type('float8e4m3fnuz', 8, 'int32Data')],
  [19, type('float8e5m2', 8, 'int32Data')],
  [20, type('float8e5m2fnuz', 8, 'int32Data')],
  [21, type('uint4', 4, 'int32Data', 1 / 2)],
  [22, type('int4', 4, 'int32Data', 1 / 2)],
  [23, type('float4e2m1', 4, 'int32Data', 1 / 2)],
  [24, type('float8e8m0', 8, 'int32Data')],
  [25, type('uint2', 2, 'int32Data', 1 / 4)],
  [26, type('int2', 2, 'int32Data', 1 / 4)],
]);

export const elementType = (dataType: number): ElementType | undefined =>
  elementTypes.get(dataType);

/** Name of an element type as ONNX Runtime's JavaScript API spells it. */
export const elementTypeName = (dataType: number): string =>
  dataType === stringType ? 'string' : (elementType(dataType)?.name ?? `type ${dataType}`);

/** ∏ dims; exact below 2⁵³. */
export const elementCount = (dims: readonly (number | bigint)[]): number =>
  dims.reduce<number>((product, dim) => product * Number(dim), 1);

/** Stored and declared sizes of a tensor where they disagree, in words; null where they agree. */
export function sizeMismatch(tensor: TensorProto): string | null {
  const count = elementCount(tensor.dims);
  const expected = (unit: string, wanted: number, stored: number): string | null =>
    wanted === stored ? null : `needs ${wanted} ${unit} and holds ${stored}`;
  if (tensor.dataType === stringType) return expected('strings', count, tensor.stringData.length);
  const element = elementType(tensor.dataType);
  if (!element) return `has the unknown element type ${tensor.dataType}`;
  const { bits, field, entries } = element;
  const rawBytes = tensor.rawData.length;
  if (rawBytes > 0) return expected('bytes', Math.ceil((count * bits) / 8), rawBytes);
  return expected('values', Math.ceil(count * entries), tensor[field].length);
}
