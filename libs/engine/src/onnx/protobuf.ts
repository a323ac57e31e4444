/** @file Our attributes, tensors and types as ONNX protobuf messages; the only file that knows the message schemas. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation as DataLocation,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type SparseTensorProto,
  type TensorProto,
  type ValueInfoProto,
} from 'onnx-buf';
import { dimKey, type Dims } from '../graph/dims';
import type { Attribute } from '../graph/emitter';
import type { DType } from '../graph/value';

export { DataLocation };
export type {
  AttributeProto,
  GraphProto,
  ModelProto,
  NodeProto,
  SparseTensorProto,
  TensorProto,
  ValueInfoProto,
};

const elementTypes: Record<DType, number> = { float32: 1, uint8: 2, int64: 7 };
const utf8 = new TextEncoder();

export function attributeProto(name: string, attribute: Attribute | GraphProto): AttributeProto {
  return create(AttributeProtoSchema, { name, ...attributeFields(attribute) });
}

function attributeFields(attribute: Attribute | GraphProto) {
  if ('$typeName' in attribute) return { type: AttributeType.GRAPH, g: attribute };
  if ('int' in attribute) return { type: AttributeType.INT, i: BigInt(attribute.int) };
  if ('float' in attribute) return { type: AttributeType.FLOAT, f: attribute.float };
  if ('string' in attribute)
    return { type: AttributeType.STRING, s: utf8.encode(attribute.string) };
  if ('ints' in attribute) return { type: AttributeType.INTS, ints: attribute.ints.map(BigInt) };
  return { type: AttributeType.FLOATS, floats: [...attribute.floats] };
}

export function nodeProto(
  opType: string,
  name: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, Attribute | GraphProto>> = {},
  domain = '',
): NodeProto {
  return create(NodeProtoSchema, {
    opType,
    name,
    domain,
    input: [...inputs],
    output: [...outputs],
    attribute: Object.entries(attributes).map(([key, value]) => attributeProto(key, value)),
  });
}

export function tensorProto(
  name: string,
  dims: readonly number[],
  data: Float32Array | BigInt64Array,
): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: dims.map(BigInt),
    dataType: elementTypes[data instanceof Float32Array ? 'float32' : 'int64'],
    rawData: Uint8Array.from(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  });
}

/** Without dims the shape is left open, as the results of a condition's arms need. */
export function valueInfo(name: string, dtype: DType, dims?: Dims): ValueInfoProto {
  const tensor = create(TypeProto_TensorSchema, { elemType: elementTypes[dtype] });
  if (dims) {
    tensor.shape = create(TensorShapeProtoSchema, {
      dim: dims.map((dim) =>
        create(TensorShapeProto_DimensionSchema, {
          value:
            typeof dim === 'number'
              ? { case: 'dimValue', value: BigInt(dim) }
              : { case: 'dimParam', value: dimKey(dim) },
        }),
      ),
    });
  }
  const type = create(TypeProtoSchema, { value: { case: 'tensorType', value: tensor } });
  return create(ValueInfoProtoSchema, { name, type });
}

export interface GraphParts {
  readonly name: string;
  readonly nodes: readonly NodeProto[];
  readonly initializers?: readonly TensorProto[];
  readonly inputs?: readonly ValueInfoProto[];
  readonly outputs: readonly ValueInfoProto[];
}

export const graphProto = (parts: GraphParts): GraphProto =>
  create(GraphProtoSchema, {
    name: parts.name,
    node: [...parts.nodes],
    initializer: [...(parts.initializers ?? [])],
    input: [...(parts.inputs ?? [])],
    output: [...parts.outputs],
  });

export interface ModelParts {
  readonly graph: GraphProto;
  readonly domains: ReadonlyMap<string, number>;
  readonly producerVersion: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Opset 17 with IR 9 is read by every ONNX Runtime since 1.14. */
export const modelBytes = (parts: ModelParts): Uint8Array =>
  toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 9n,
      producerName: 'sextant',
      producerVersion: parts.producerVersion,
      graph: parts.graph,
      opsetImport: opsetImports(parts.domains),
      metadataProps: Object.entries(parts.metadata).map(([key, value]) =>
        create(StringStringEntryProtoSchema, { key, value }),
      ),
    }),
  );

/** Throws whatever the decoder throws at bytes that are no ModelProto; fields it does not know are dropped. */
export const decodeModel = (bytes: Uint8Array): ModelProto =>
  fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false });

/** What is added to a serialised model. */
export interface ModelAddition {
  readonly nodes: readonly NodeProto[];
  readonly outputs: readonly ValueInfoProto[];
  readonly domains?: ReadonlyMap<string, number>;
}

/**
 * The model with nodes and outputs appended. Protobuf parsers merge messages that follow one another, list by list, so
 * the bytes of the model stay as they are, fields that we do not know included.
 */
export function appendToModel(model: Uint8Array, addition: ModelAddition): Uint8Array {
  const { nodes, outputs, domains = new Map<string, number>() } = addition;
  const tail = toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      graph: create(GraphProtoSchema, { node: [...nodes], output: [...outputs] }),
      opsetImport: opsetImports(domains),
    }),
  );
  const joined = new Uint8Array(model.length + tail.length);
  joined.set(model);
  joined.set(tail, model.length);
  return joined;
}

const opsetImports = (domains: ReadonlyMap<string, number>) =>
  [...domains].map(([domain, version]) =>
    create(OperatorSetIdProtoSchema, { domain, version: BigInt(version) }),
  );
