/** @file What a zero-cost proxy declares: what it needs, which way it points, and its formula. */
import type { QuantityName, Quantities } from './quantities';

/** What a proxy looks at. `gaussian`: random numbers in place of images, from the scorer's seed. */
export type ProxyData = 'none' | 'batch' | 'labels' | 'two batches' | 'gaussian';

export interface Evaluation {
  readonly score: number;
  /** One number a layer, where the proxy has a natural one: the mean over what the layer's term sums up. */
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
  readonly hasNodes: boolean;
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

/** Σ f(a_i, b_i), in float64. */
export function sumOver(
  a: Float32Array,
  b: Float32Array,
  f: (a: number, b: number) => number,
): number {
  let total = 0;
  for (let at = 0; at < a.length; at++) total += f(a[at] as number, b[at] as number);
  return total;
}

/** √(Σ x²), in float64. */
export function euclideanNorm(x: Float32Array): number {
  let total = 0;
  for (let at = 0; at < x.length; at++) total += (x[at] as number) ** 2;
  return Math.sqrt(total);
}
