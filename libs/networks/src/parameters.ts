/** @file All weights of a supernet as one vector: where each tensor lies, how it starts, what of it a child uses. */
import { ShapeError, type Rng } from '@sextant/common';
import type { SearchSpace } from '@sextant/search-space';
import { largestSizes, type NetworkSizes } from './elastic-sizes';
import {
  networkLayers,
  type BlockLayers,
  type ConvNorm,
  type Linear,
  type SqueezeExcite,
} from './mbconv-network';

export interface Parameter {
  readonly name: string;
  readonly dims: readonly number[];
  /** First element in the vector. */
  readonly offset: number;
  readonly size: number;
  readonly start: { readonly normal: number } | { readonly constant: number };
  /** Weights decay; biases, γ and β do not. */
  readonly decays: boolean;
}

export interface ParameterLayout {
  readonly parameters: readonly Parameter[];
  readonly byName: ReadonlyMap<string, Parameter>;
  readonly total: number;
}

/** A tensor before it has a place. */
export type Declared = Omit<Parameter, 'offset' | 'size'>;

export function convNormParameters(layer: ConvNorm): Declared[] {
  const [co, ci, k] = [layer.outChannels, layer.inChannels, layer.kernel] as [
    number,
    number,
    number,
  ];
  const dims = layer.kind === 'depthwise' ? [co, 1, k, k] : [co, ci, k, k];
  const fanOut = (layer.kind === 'depthwise' ? 1 : co) * k * k;
  return [
    { name: `${layer.name}.weight`, dims, start: { normal: Math.sqrt(2 / fanOut) }, decays: true },
    {
      name: `${layer.name}.gamma`,
      dims: [co],
      start: { constant: layer.endsResidual ? 0 : 1 },
      decays: false,
    },
    { name: `${layer.name}.beta`, dims: [co], start: { constant: 0 }, decays: false },
  ];
}

/** Both layers start small, the gate therefore near ½ of its range. */
function squeezeExciteParameters(layer: SqueezeExcite): Declared[] {
  const [c, s] = [layer.channels, layer.squeezeChannels] as [number, number];
  return [
    ...linearParameters({ name: `${layer.name}.reduce`, inFeatures: c, outFeatures: s }),
    ...linearParameters({ name: `${layer.name}.expand`, inFeatures: s, outFeatures: c }),
  ];
}

export const linearParameters = ({ name, inFeatures, outFeatures }: Linear): Declared[] => [
  {
    name: `${name}.weight`,
    dims: [outFeatures, inFeatures as number],
    start: { normal: Math.sqrt(1 / (inFeatures as number)) },
    decays: true,
  },
  { name: `${name}.bias`, dims: [outFeatures], start: { constant: 0 }, decays: false },
];

/** Tensors of one block. */
export const blockParameters = ({
  expand,
  depthwise,
  squeezeExcite,
  project,
}: BlockLayers): readonly Declared[] => [
  ...(expand ? convNormParameters(expand) : []),
  ...convNormParameters(depthwise),
  ...convNormParameters(project),
  ...(squeezeExcite ? squeezeExciteParameters(squeezeExcite) : []),
];

/** Tensors of the largest network, end to end. */
export const parameterLayout = (space: SearchSpace): ParameterLayout =>
  networkLayout(largestSizes(space));

/** Tensors of a network of known sizes, end to end. */
export function networkLayout(sizes: NetworkSizes): ParameterLayout {
  const { convNorms, squeezeExcites, classifier } = networkLayers(sizes);
  const declared = [
    ...convNorms.flatMap(convNormParameters),
    ...squeezeExcites.flatMap(squeezeExciteParameters),
    ...linearParameters(classifier),
  ];
  return laidOut(declared);
}

/** Tensors end to end, in the order given. */
export function laidOut(declared: readonly Declared[]): ParameterLayout {
  let offset = 0;
  const parameters = declared.map((parameter): Parameter => {
    const size = parameter.dims.reduce((a, b) => a * b, 1);
    const placed = { ...parameter, offset, size };
    offset += size;
    return placed;
  });
  const byName = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  return { parameters, byName, total: offset };
}

/**
 * Fresh weights: He-normal convolutions (fan-out), γ = 1 but 0 at the end of every residual block.
 * @see He et al. 2015, arXiv:1502.01852; Yu et al. 2020, BigNAS, arXiv:2003.11142 §3.3 — zero-initialised last γ
 */
export function initialWeights(layout: ParameterLayout, rng: Rng): Float32Array {
  const theta = new Float32Array(layout.total);
  for (const { name, offset, size, start } of layout.parameters) {
    const draw = rng.fork(name);
    for (let at = offset; at < offset + size; at++) {
      theta[at] = 'constant' in start ? start.constant : start.normal * draw.normal();
    }
  }
  return theta;
}

/** @throws {ShapeError} the layout has no such tensor */
export function parameterNamed(layout: ParameterLayout, name: string): Parameter {
  const parameter = layout.byName.get(name);
  if (!parameter) throw new ShapeError(`the supernet has no tensor ${name}`);
  return parameter;
}

/**
 * Puts a child's tensor where `childTensor` finds it; the rest of the vector stays. The two are inverse on what the child
 * uses.
 */
export function placeTensor(
  theta: Float32Array,
  { dims, offset }: Parameter,
  sizes: readonly number[],
  tensor: Float32Array,
): void {
  eachRun(dims, sizes, (source, target, length) => {
    theta.set(tensor.subarray(target, target + length), offset + source);
  });
}

/**
 * What a child uses of a tensor: the leading elements of each axis, the centre of a kernel's last two.
 * out[i] = tensor[starts + i], starts = ⌊(K − k)/2⌋ on spatial axes and 0 elsewhere.
 */
export function childTensor(
  theta: Float32Array,
  { dims, offset }: Parameter,
  sizes: readonly number[],
): Float32Array {
  const out = new Float32Array(sizes.reduce((a, b) => a * b, 1));
  eachRun(dims, sizes, (source, target, length) => {
    out.set(theta.subarray(offset + source, offset + source + length), target);
  });
  return out;
}

/** Runs of a child's elements that lie together, in a tensor of `dims` and in one of `sizes`. */
function eachRun(
  dims: readonly number[],
  sizes: readonly number[],
  visit: (source: number, target: number, length: number) => void,
): void {
  const starts = dims.map((dim, axis) => (axis >= 2 ? (dim - (sizes[axis] as number)) >> 1 : 0));
  const cut = Math.max(
    0,
    dims.findLastIndex((dim, axis) => dim !== sizes[axis]),
  );
  const inner = dims.slice(cut + 1).reduce((a, b) => a * b, 1);
  const walk = (axis: number, from: number, to: number): void => {
    const [dim, size, start] = [dims[axis], sizes[axis], starts[axis]] as [number, number, number];
    const [source, target] = [from * dim + start, to * size];
    if (axis === cut) return visit(source * inner, target * inner, size * inner);
    for (let i = 0; i < size; i++) walk(axis + 1, source + i, target + i);
  };
  walk(0, 0, 0);
}
