/** @file Models as other exporters may write them, good and bad. */
import { toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import type { Dims } from '../src/graph/dims';
import {
  DataLocation,
  decodeModel,
  graphProto,
  modelBytes,
  nodeProto,
  tensorProto,
  valueInfo,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from '../src/onnx/protobuf';

export { graphProto, nodeProto, tensorProto, valueInfo };

/** A stored float32 tensor of ones. */
export const ones = (name: string, dims: readonly number[]): TensorProto =>
  tensorProto(
    name,
    dims,
    new Float32Array(dims.reduce((product, dim) => product * dim, 1)).fill(1),
  );

export interface ForeignParts {
  readonly nodes: readonly NodeProto[];
  /** Float32 inputs by name; without dims the shape is left open. */
  readonly inputs: Readonly<Record<string, Dims | undefined>>;
  readonly outputs: readonly string[];
  readonly initializers?: readonly TensorProto[];
  readonly domains?: ReadonlyMap<string, number>;
  readonly metadata?: Readonly<Record<string, string>>;
}

export const foreignModel = (parts: ForeignParts): Uint8Array =>
  modelBytes({
    graph: graphProto({
      name: 'foreign',
      nodes: parts.nodes,
      initializers: parts.initializers ?? [],
      inputs: Object.entries(parts.inputs).map(([name, dims]) => valueInfo(name, 'float32', dims)),
      outputs: parts.outputs.map((name) => valueInfo(name, 'float32')),
    }),
    domains: parts.domains ?? new Map([['', 17]]),
    producerVersion: '1',
    metadata: parts.metadata ?? {},
  });

/** The model after `change` has been at its message. */
export function edited(bytes: Uint8Array, change: (model: ModelProto) => void): Uint8Array {
  const model = decodeModel(bytes);
  change(model);
  return toBinary(ModelProtoSchema, model);
}

/** 3 → 8 channels, kernel 3, on 16×16 images: 8·16·16·3·9 = 55,296 MACs, 216 weights and 8 biases. */
export const oneConvolution = (): Uint8Array =>
  foreignModel({
    nodes: [nodeProto('Conv', 'conv', ['x', 'w', 'b'], ['y'], { pads: { ints: [1, 1, 1, 1] } })],
    inputs: { x: [1, 3, 16, 16] },
    outputs: ['y'],
    initializers: [ones('w', [8, 3, 3, 3]), ones('b', [8])],
    metadata: { names: "{0: 'cat', 1: 'dog'}" },
  });

/** `oneConvolution` with its weights in another file. */
export const externalWeights = (): Uint8Array =>
  edited(oneConvolution(), ({ graph }) => {
    const weights = graph!.initializer[0]!;
    weights.dataLocation = DataLocation.EXTERNAL;
    weights.rawData = new Uint8Array();
  });
