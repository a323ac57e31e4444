/** @file What a network consists of, found by building it once: tensors, layers in order, their sizes and MACs. */
import { ShapeError } from '@sextant/common';
import { Graph, plain, toFeature, type Value } from '@sextant/engine';
import { laidOut, untouched, type Declared, type ParameterLayout } from '@sextant/networks';
import { instrumented } from './instruments';
import type { ImageSize, NetworkFamily, NetworkParts } from './network-family';

/** A convolution or linear layer. */
export interface Layer {
  /** Name of its weight without the ending. */
  readonly name: string;
  /** Elements of the weight, at `offset` of the parameter vector. */
  readonly size: number;
  readonly offset: number;
  /** Inputs of one output: input channels of a group × kernel. */
  readonly fanIn: number;
  readonly outChannels: number;
  /** Multiply–accumulates for one image of the described size. */
  readonly macs: number;
}

export interface NetworkDescription {
  readonly layout: ParameterLayout;
  /** In the order in which the network asks for them. */
  readonly layers: readonly Layer[];
}

const ending = '.weight';

/** Outputs per image that each element of the weight takes part in. */
function usesOf({ type }: Value): number {
  const dims = type.dims as readonly number[];
  const many = type.layout === 'feature' ? dims.slice(2) : dims.slice(0, -1);
  return many.reduce((a, b) => a * b, 1);
}

/** @throws {ShapeError} a tensor is asked for twice, or a layer has run-time sizes */
export function describeNetwork(
  image: ImageSize,
  build: (x: Value, parts: NetworkParts) => Value,
): NetworkDescription {
  const graph = new Graph();
  const declared = new Map<string, Declared>();
  const named = new Map<Value, string>();
  const macs = new Map<string, number>();
  const tensor: NetworkParts['tensor'] = (name, dims, how) => {
    if (declared.has(name)) throw new ShapeError(`tensor ${name} is asked for twice`);
    declared.set(name, { name, dims, ...how });
    const value = graph.input(name, plain(dims));
    if (name.endsWith(ending)) named.set(value, name.slice(0, -ending.length));
    return value;
  };
  const onLayer = (name: string, output: Value, weight: Value): Value => {
    const size = (weight.type.dims as readonly number[]).reduce((a, b) => a * b, 1);
    macs.set(name, size * usesOf(output));
    return output;
  };
  const x = graph.input('x', plain([1, image.channels, image.height, image.width]));
  graph.intercepted(
    instrumented({ layerOf: (weight) => named.get(weight), norm: 'batch', onLayer }),
    () => build(toFeature(x), { tensor, onBlock: untouched }),
  );
  const layout = laidOut([...declared.values()]);
  const layers = layout.parameters.flatMap(({ name, size, offset, dims }): Layer[] => {
    const layer = name.endsWith(ending) ? name.slice(0, -ending.length) : name;
    const count = macs.get(layer);
    if (count === undefined) return [];
    const outChannels = dims[0] as number;
    const fanIn = size / outChannels;
    return [{ name: layer, size, offset, fanIn, outChannels, macs: count }];
  });
  return { layout, layers };
}

/** The one architecture, or all of a family that has one graph for them. */
export const describeFamily = <A>(
  family: NetworkFamily<A>,
  architecture: A,
): NetworkDescription => {
  const { elastic } = family;
  return describeNetwork(family.imageOf(architecture), (x, parts) =>
    elastic ? elastic.build(x, parts) : family.build(x, architecture, parts),
  );
};
