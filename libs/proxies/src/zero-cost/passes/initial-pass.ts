/** @file What is known without running anything: sizes, and how large weights are at initialisation. */
import type { Layer, NetworkDescription } from '../network/describe-network';
import { frameworkDefault } from '../network/initial-weights';
import type { NetworkFamily } from '../network/network-family';
import type { Costs } from '../quantities';
import type { PassDeclaration } from './pass';

export function costsOf<A>(
  family: NetworkFamily<A>,
  { layout }: NetworkDescription,
  architecture: A,
  layers: readonly Layer[],
): Costs {
  const own = layout.parameters.filter(({ name }) => family.has(architecture, name));
  return {
    paramCount: own.reduce((sum, { size }) => sum + size, 0),
    macs: layers.reduce((sum, { macs }) => sum + macs, 0),
    layerParams: layers.map(({ size }) => size),
    layerMacs: layers.map(({ macs }) => macs),
  };
}

/** √(E‖θ‖²) = √(n·Var θ), n its elements. */
const expectedNorm = (layer: Layer): number =>
  Math.sqrt(layer.size * frameworkDefault.weightVariance(layer));

export const initialPass: PassDeclaration = {
  gives: ['costs', 'weightNorms'],
  open: ({ family, description }) =>
    Promise.resolve({
      collect: (architecture, layers) =>
        Promise.resolve({
          costs: costsOf(family, description, architecture, layers),
          weightNorms: layers.map(expectedNorm),
        }),
      release: () => Promise.resolve(),
    }),
};
