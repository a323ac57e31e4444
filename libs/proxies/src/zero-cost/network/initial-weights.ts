/** @file Weights at initialisation: by name and seed, so that architectures that share a tensor share its values. */
import type { Rng } from '@sextant/common';
import type { Parameter } from '@sextant/networks';
import type { Layer, NetworkDescription } from './describe-network';

/** Draws one element of a layer's weight or bias. */
export interface Initialisation {
  readonly name: string;
  weight(draw: Rng, layer: Layer): number;
  /** Of an element of a layer's weight; its mean is 0. */
  weightVariance(layer: Layer): number;
  bias(draw: Rng, layer: Layer): number;
}

const uniformWithin = (draw: Rng, bound: number): number => bound * (2 * draw.uniform() - 1);

/**
 * PyTorch's default: weights and biases U(±1/√fan_in), which is Kaiming-uniform with a = √5; γ = 1, β = 0.
 * @see He et al. 2015, arXiv:1502.01852
 */
export const frameworkDefault: Initialisation = {
  name: 'framework-default',
  weight: (draw, { fanIn }) => uniformWithin(draw, 1 / Math.sqrt(fanIn)),
  weightVariance: ({ fanIn }) => 1 / (3 * fanIn),
  bias: (draw, { fanIn }) => uniformWithin(draw, 1 / Math.sqrt(fanIn)),
};

/** N(0, 1) weights without bias. @see Lin et al. 2021, Zen-NAS, arXiv:2102.01063 §3 */
export const standardNormal: Initialisation = {
  name: 'standard-normal',
  weight: (draw) => draw.normal(),
  weightVariance: () => 1,
  bias: () => 0,
};

/** N(0, 2/fan_in) weights without bias. @see Lee & Ham 2024, AZ-NAS, arXiv:2403.19232; He et al. 2015 */
export const kaimingNormal: Initialisation = {
  name: 'kaiming-normal',
  weight: (draw, { fanIn }) => Math.sqrt(2 / fanIn) * draw.normal(),
  weightVariance: ({ fanIn }) => 2 / fanIn,
  bias: () => 0,
};

/** How element by element a tensor starts: a layer's weight or bias by the initialisation, the rest as declared. */
function starter(
  { name, start }: Parameter,
  byName: ReadonlyMap<string, Layer>,
  how: Initialisation,
): (draw: Rng) => number {
  const layer = byName.get(name.replace(/\.[^.]*$/, ''));
  if (layer && name.endsWith('.weight')) return (draw) => how.weight(draw, layer);
  if (layer && name.endsWith('.bias')) return (draw) => how.bias(draw, layer);
  if ('constant' in start) return () => start.constant;
  return (draw) => start.normal * draw.normal();
}

/** All tensors of a network end to end. Draws depend on the seed, the name and the size of a tensor alone. */
export function initialTensors(
  { layout, layers }: NetworkDescription,
  how: Initialisation,
  rng: Rng,
): Float32Array {
  const theta = new Float32Array(layout.total);
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  for (const parameter of layout.parameters) {
    const draw = rng.fork(`${how.name} ${parameter.name}`);
    const next = starter(parameter, byName, how);
    const end = parameter.offset + parameter.size;
    for (let at = parameter.offset; at < end; at++) theta[at] = next(draw);
  }
  return theta;
}
