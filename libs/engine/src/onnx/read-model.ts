/** @file A model from elsewhere, read and checked before anything runs it. */
import { MalformedModelError, messageOf, UnsupportedModelError } from '@sextant/common';
import { elementTypeName, elementType, sizeMismatch, stringType } from './element-types';
import { domainOf, operatorOf, scopesOf, tensorsOf, type Scope } from './model-scopes';
import {
  DataLocation,
  decodeModel,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './protobuf';

/** Newest versions that the ONNX Runtime in use opens; a test holds them to it. */
export const newestIrVersion = 13;
export const newestOpset = 26;

/** A size in a declared shape: fixed, named, or open. */
export type DeclaredDim = number | string | null;

export interface ModelPort {
  readonly name: string;
  /** `float32`, …, or `unknown`; the kind of the value (`sequence`, `map`, `optional`, `sparse tensor`) where it is no tensor. */
  readonly elementType: string;
  readonly isTensor: boolean;
  /** Null: not even the rank is declared. */
  readonly dims: readonly DeclaredDim[] | null;
}

export interface ForeignModel {
  readonly bytes: Uint8Array;
  readonly irVersion: number;
  /** Operator-set version by domain; the default domain is `''`. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly producer: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** What a caller feeds: inputs with a stored default are left out. */
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
  /** Nodes of the main graph, in order. */
  readonly nodes: readonly NodeProto[];
  /** Constants of the main graph, by name. */
  readonly initializers: ReadonlyMap<string, TensorProto>;
  /** All graphs, the main one first. */
  readonly scopes: readonly Scope[];
}

/**
 * @throws {MalformedModelError} the bytes are no model, are cut off, or declare sizes that contradict the data
 * @throws {UnsupportedModelError} the model keeps data in other files, or is of a newer ONNX than the runtime
 */
export function readModel(bytes: Uint8Array): ForeignModel {
  const model = decoded(bytes);
  const graph = requireGraph(model);
  const opsets = requireVersions(model);
  const scopes = scopesOf(model);
  for (const scope of scopes) for (const tensor of tensorsOf(scope)) requireTensor(tensor, scope);
  const stored = new Set([
    ...graph.initializer.map(({ name }) => name),
    ...graph.sparseInitializer.map(({ values }) => values?.name ?? ''),
  ]);
  return {
    bytes,
    irVersion: Number(model.irVersion),
    opsets,
    producer: `${model.producerName} ${model.producerVersion}`.trim(),
    metadata: Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value])),
    inputs: graph.input.filter(({ name }) => !stored.has(name)).map(port),
    outputs: graph.output.map(port),
    nodes: graph.node,
    initializers: new Map(graph.initializer.map((tensor) => [tensor.name, tensor])),
    scopes,
  };
}

function decoded(bytes: Uint8Array): ModelProto {
  try {
    return decodeModel(bytes);
  } catch (cause) {
    throw new MalformedModelError(
      `not an ONNX model, or a damaged one (${messageOf(cause)}); check that the download is complete`,
      { cause },
    );
  }
}

function requireGraph({ irVersion, graph }: ModelProto): GraphProto {
  if (irVersion >= 1n && graph && graph.output.length > 0) return graph;
  const lacks = irVersion < 1n ? 'format version' : graph ? 'outputs' : 'graph';
  throw new MalformedModelError(
    `not an ONNX model, or one that is cut off: it has no ${lacks}; check that the download is complete`,
  );
}

function requireVersions({ irVersion, opsetImport }: ModelProto): Record<string, number> {
  if (irVersion > newestIrVersion) throw tooNew('IR version', irVersion, newestIrVersion);
  const opsets: Record<string, number> = {};
  for (const { domain, version } of opsetImport) {
    if (version < 1n) throw new MalformedModelError(`operator-set version ${version} is below 1`);
    opsets[domainOf({ domain })] = Number(version);
  }
  const ours = opsets[''];
  if (ours !== undefined && ours > newestOpset) throw tooNew('opset', ours, newestOpset);
  if (Object.keys(opsets).length > 0 || irVersion < 3n) return opsets;
  throw new MalformedModelError(
    'the model names no operator set, so it may be cut off; check that the download is complete',
  );
}

const tooNew = (what: string, version: number | bigint, newest: number): UnsupportedModelError =>
  new UnsupportedModelError(
    `the model has ${what} ${version}; this version opens up to ${newest}: export it again for an older one`,
  );

function requireTensor(tensor: TensorProto, { where }: Scope): void {
  const name = `tensor "${tensor.name}" of ${where}`;
  if (tensor.dataLocation === DataLocation.EXTERNAL || tensor.externalData.length > 0) {
    throw new UnsupportedModelError(
      `${name} is kept in another file; save the model with its data inside, in one file below 2 GiB`,
    );
  }
  const negative = tensor.dims.find((dim) => dim < 0n);
  const wrong = negative === undefined ? sizeMismatch(tensor) : `has the size ${negative}`;
  if (wrong === null) return;
  throw new MalformedModelError(
    `${name}, declared as [${tensor.dims.join()}] of ${elementTypeName(tensor.dataType)}, ${wrong}`,
  );
}

const kinds = {
  sequenceType: 'sequence',
  mapType: 'map',
  optionalType: 'optional',
  sparseTensorType: 'sparse tensor',
} as const;

/** A type that is left out, as some exporters do for outputs, is taken for a tensor of whatever the runtime infers. */
const inferred = { elementType: 'unknown', isTensor: true, dims: null } as const;

function port({ name, type }: ValueInfoProto): ModelPort {
  const value = type?.value;
  if (value?.case === undefined) return { name, ...inferred };
  if (value.case !== 'tensorType') {
    return { name, elementType: kinds[value.case], isTensor: false, dims: null };
  }
  const { elemType, shape } = value.value;
  if (elemType === 0) return { name, ...inferred };
  if (elemType !== stringType && !elementType(elemType)) {
    throw new MalformedModelError(`"${name}" has the unknown element type ${elemType}`);
  }
  const dims = shape?.dim.map(({ value: dim }): DeclaredDim => {
    if (dim.case === 'dimParam') return dim.value === '' ? null : dim.value;
    return dim.case === undefined ? null : fixedDim(name, dim.value);
  });
  return { name, elementType: elementTypeName(elemType), isTensor: true, dims: dims ?? null };
}

/** −1 is how some exporters write an open size; ONNX Runtime reads it so too. */
function fixedDim(name: string, size: bigint): number | null {
  if (size === -1n) return null;
  if (size >= 0n && size < 2n ** 31n) return Number(size);
  throw new MalformedModelError(`"${name}" declares the size ${size}; sizes are 0 to 2³¹ − 1`);
}

/** How often each operator occurs in all graphs, the most frequent first. */
export function operatorCounts({ scopes }: ForeignModel): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { nodes } of scopes) {
    for (const node of nodes) {
      const operator = operatorOf(node);
      counts.set(operator, (counts.get(operator) ?? 0) + 1);
    }
  }
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}
