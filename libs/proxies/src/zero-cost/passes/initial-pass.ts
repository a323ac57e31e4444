/** @file What is known without running anything: sizes, and weights at initialisation. */
import type { Layer, NetworkDescription } from '../network/describe-network';
import { frameworkDefault } from '../network/initial-weights';
import type { NetworkFamily } from '../network/network-family';
import type { Costs } from '../quantities';
import { weightOf, type PassDeclaration } from './pass';

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

export const initialPass: PassDeclaration = {
  gives: ['costs', 'weights'],
  open({ family, description }, needs, context) {
    return Promise.resolve({
      collect(architecture, layers) {
        const theta = needs.has('weights') && context.theta(description, frameworkDefault);
        return Promise.resolve({
          costs: costsOf(family, description, architecture, layers),
          ...(theta ? { weights: layers.map((layer) => weightOf(theta, layer)) } : {}),
        });
      },
      release: () => Promise.resolve(),
    });
  },
};
