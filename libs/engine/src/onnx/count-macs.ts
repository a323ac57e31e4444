/** @file Multiply–accumulates and parameters of a model from elsewhere, at the sizes it is run with. */
import type { Feed } from '../runtime/session';
import { elementCount, elementType } from './element-types';
import { domainOf, operatorOf, tensorsOf, type Scope } from './model-scopes';
import type { NodeProto } from './protobuf';
import type { ForeignModel } from './read-model';
import { runShapes } from './run-shapes';

/** Dims of a tensor by its name. */
type Dims = (name: string | undefined) => readonly number[];
type MacRule = (node: NodeProto, dims: Dims) => number;

const flag = (node: NodeProto, name: string): boolean =>
  node.attribute.some((attribute) => attribute.name === name && attribute.i !== 0n);

/** |Y| · Cin/groups · ∏ kernel, the weights being [Cout, Cin/groups, …kernel]; products with padding included. */
const convolution =
  (weights: number): MacRule =>
  (node, dims) =>
    elementCount(dims(node.output[0])) * elementCount(dims(node.input[weights]).slice(1));

/** |X| · Cout/groups · ∏ kernel, the weights being [Cin, Cout/groups, …kernel]; products that padding cuts off included. */
const transposedConvolution: MacRule = ({ input }, dims) =>
  elementCount(dims(input[0])) * elementCount(dims(input[1]).slice(1));

/** |Y| · K for Y = A·B with A [batch…, M, K]; where `transA` is set, A is [K, M]. */
const product: MacRule = (node, dims) => {
  const a = dims(node.input[0]);
  const k = flag(node, 'transA') ? a.at(-2) : a.at(-1);
  return elementCount(dims(node.output[0])) * (k ?? 1);
};

/** T · N · (|W| + |R|): every weight once per step and sample; X is [T, N, I] or [N, T, I], all T steps counted. */
const recurrent: MacRule = ({ input }, dims) =>
  elementCount(dims(input[0]).slice(0, 2)) *
  (elementCount(dims(input[1])) + elementCount(dims(input[2])));

const rules: ReadonlyMap<string, MacRule> = new Map([
  ['Conv', convolution(1)],
  ['ConvInteger', convolution(1)],
  ['QLinearConv', convolution(3)],
  ['com.microsoft:FusedConv', convolution(1)],
  ['ConvTranspose', transposedConvolution],
  ['Gemm', product],
  ['com.microsoft:FusedGemm', product],
  ['com.microsoft:QGemm', product],
  ['MatMul', product],
  ['MatMulInteger', product],
  ['QLinearMatMul', product],
  ['com.microsoft:MatMulIntegerToFloat', product],
  ['com.microsoft:DynamicQuantizeMatMul', product],
  ['com.microsoft:MatMulNBits', product],
  ['LSTM', recurrent],
  ['GRU', recurrent],
  ['RNN', recurrent],
]);

/** Standard operators that multiply and accumulate, and for which there is no rule. */
const withoutRule = new Set(['Einsum', 'DeformConv', 'Attention', 'LinearAttention']);
const standardDomains = new Set(['', 'ai.onnx.ml', 'ai.onnx.training', 'ai.onnx.preview.training']);

/** Nodes of one operator, in one place, that may cost multiply–accumulates and are not in the count. */
export interface NotCounted {
  readonly operator: string;
  readonly where: string;
  readonly count: number;
}

export interface ModelCost {
  /** For the whole batch. */
  readonly macs: number;
  readonly paramCount: number;
  readonly notCounted: readonly NotCounted[];
  /** Sizes of the outputs, by name. */
  readonly outputDims: Readonly<Record<string, readonly number[]>>;
}

/**
 * Multiply–accumulates of convolutions, matrix products and recurrent layers of the main graph; 1 MAC = 2 FLOPs.
 * Everything else (biases, normalisation, activations, pooling, resizing) counts 0. Exact for the sizes of `feeds`,
 * because ONNX Runtime tells the sizes. Nodes in arms and bodies (If, Loop, Scan), calls of the model's own functions,
 * and products without a rule are listed, not guessed.
 * @throws {UnsupportedModelError} ONNX Runtime does not open the model, or not run it on these feeds
 */
export async function countMacs(
  model: ForeignModel,
  feeds: Readonly<Record<string, Feed>>,
): Promise<ModelCost> {
  const counted = model.nodes.filter((node) => rules.has(operatorOf(node)));
  const outputs = model.outputs.map(({ name }) => name);
  const read = counted.flatMap(({ input, output }) => [...input, output[0] ?? '']);
  const shapes = await runShapes(model, [...read.filter((name) => name !== ''), ...outputs], feeds);
  const dims: Dims = (name = '') => shapes.get(name) ?? [];
  const macs = counted.reduce(
    (sum, node) => sum + (rules.get(operatorOf(node))?.(node, dims) ?? 0),
    0,
  );
  return {
    macs,
    paramCount: paramCount(model),
    notCounted: notCounted(model),
    outputDims: Object.fromEntries(outputs.map((name) => [name, dims(name)])),
  };
}

function isUncounted({ kind }: Scope, node: NodeProto): boolean {
  const operator = operatorOf(node);
  if (rules.has(operator)) return kind !== 'main';
  return withoutRule.has(operator) || !standardDomains.has(domainOf(node));
}

function notCounted({ scopes }: ForeignModel): NotCounted[] {
  return scopes.flatMap((scope) => {
    const counts = new Map<string, number>();
    for (const node of scope.nodes.filter((it) => isUncounted(scope, it))) {
      const operator = operatorOf(node);
      counts.set(operator, (counts.get(operator) ?? 0) + 1);
    }
    return [...counts].map(([operator, count]) => ({ operator, where: scope.where, count }));
  });
}

/** Indices, sizes and conditions are no parameters. */
const isParameter = (dataType: number): boolean => {
  const name = elementType(dataType)?.name;
  return name !== undefined && name !== 'int64' && name !== 'bool';
};

/**
 * Elements of all tensors stored in the model, except int64 (sizes, axes, indices), bool and strings. With normalisation
 * folded into the weights this is what the network multiplies and adds; stored statistics and scales count too.
 */
export const paramCount = ({ scopes }: ForeignModel): number =>
  scopes
    .flatMap(tensorsOf)
    .filter(({ dataType }) => isParameter(dataType))
    .reduce((sum, { dims }) => sum + elementCount(dims), 0);
