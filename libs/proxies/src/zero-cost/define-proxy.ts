/** @file What a zero-cost proxy declares: what it needs, which way it points, and its formula. */
import type { QuantityName, Quantities } from './quantities';

/** What a proxy looks at. `gaussian`: random numbers in place of images, from the scorer's seed. */
export type ProxyData = 'none' | 'batch' | 'labels' | 'two batches' | 'gaussian';

export interface Evaluation {
  readonly score: number;
  /** One number a node, where the proxy has a natural one; of a layer, the mean over what its term sums up. */
  readonly nodes: Float64Array | null;
}

/** A number of one network at initialisation. Nothing is ever made absolute: a proxy that points down says so. */
export interface ZeroCostProxy<N extends QuantityName = QuantityName> {
  /** As the literature abbreviates it. */
  readonly name: string;
  readonly title: string;
  /** Which way better networks lie, as published; spaces exist where it is the other. */
  readonly direction: 'maximize' | 'minimize';
  readonly data: ProxyData;
  /** Forward and backward passes, in words. */
  readonly passes: string;
  /** What its nodes are, in the order of the network: layers, maps that ReLUs read, or outputs of blocks; null: it has none. */
  readonly nodeOf: 'layer' | 'activation' | 'block' | null;
  readonly reference: string;
  readonly needs: readonly N[];
  /** Pure. A score that is not finite is the caller's to report: the network has none. */
  evaluate(quantities: Pick<Quantities, N>): Evaluation;
}

/** Lets the compiler hold the formula to the quantities that the declaration needs. */
export const defineProxy = <const N extends QuantityName>(
  proxy: ZeroCostProxy<N>,
): ZeroCostProxy<N> => proxy;

/** A score that is the sum of its layers' terms. */
export const summed = (terms: readonly number[], nodes: readonly number[]): Evaluation => ({
  score: terms.reduce((a, b) => a + b, 0),
  nodes: Float64Array.from(nodes),
});

/** Σ a_i·b_i, in float64. */
export function innerProduct(a: Float32Array, b: Float32Array): number {
  let total = 0;
  for (let at = 0; at < a.length; at++) total += (a[at] as number) * (b[at] as number);
  return total;
}

/** Σ |a_i·b_i|, in float64. A loop of its own: a function of the element would be called for each of a million. */
export function sumOfMagnitudes(a: Float32Array, b: Float32Array): number {
  let total = 0;
  for (let at = 0; at < a.length; at++) total += Math.abs((a[at] as number) * (b[at] as number));
  return total;
}

/** √(Σ x²), in float64. */
export function euclideanNorm(x: Float32Array): number {
  let total = 0;
  for (let at = 0; at < x.length; at++) total += (x[at] as number) ** 2;
  return Math.sqrt(total);
}
