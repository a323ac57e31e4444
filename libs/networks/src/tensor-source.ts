/** @file A network's tensors, asked for by name where they are used: the network itself is the list of them. */
import { ShapeError } from '@sextant/common';
import { Graph, plain, type Value } from '@sextant/engine';
import { laidOut, type Declared, type ParameterLayout } from './parameters';

/** A tensor at its largest size; how it starts and whether it decays matter only when it is declared. */
export type TensorSource = (
  name: string,
  dims: readonly number[],
  how: Pick<Declared, 'start' | 'decays'>,
) => Value;

/** He-normal for what `fanOut` outputs of each input sum up. @see He et al. 2015, arXiv:1502.01852 */
export const heNormal = (fanOut: number): Pick<Declared, 'start' | 'decays'> => ({
  start: { normal: Math.sqrt(2 / fanOut) },
  decays: true,
});

/** Normal of a given deviation. */
export const normal = (deviation: number): Pick<Declared, 'start' | 'decays'> => ({
  start: { normal: deviation },
  decays: true,
});

/** Scales and biases: constant at the start, without decay. */
export const constant = (value: number): Pick<Declared, 'start' | 'decays'> => ({
  start: { constant: value },
  decays: false,
});

/** The tensors that a network asks for when it is built once, in that order. */
export function declaredBy(build: (graph: Graph, tensor: TensorSource) => void): ParameterLayout {
  const graph = new Graph();
  const declared = new Map<string, Declared>();
  build(graph, (name, dims, how) => {
    if (declared.has(name)) throw new ShapeError(`tensor ${name} is asked for twice`);
    declared.set(name, { name, dims, ...how });
    return graph.input(name, plain(dims));
  });
  return laidOut([...declared.values()]);
}
