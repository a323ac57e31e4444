/** @file Maps of several paths as one: what dense heads start from. */
import { add, conv2d, resize, type Value } from '@sextant/engine';
import { constant, convNorm, heNormal, normal, type TopologyLayers } from '@sextant/networks';

const channelsOf = (map: Value): number => map.type.dims[1] as number;

/**
 * At the size of the first map, the largest: Σ of 1×1 convolutions, repeated upwards, then a depthwise 3×3 one with
 * normalisation and ReLU6. As little as a head can be: what a search costs beyond one task is its heads.
 */
export function fusedMaps(
  maps: readonly [Value, ...Value[]],
  name: string,
  width: number,
  layers: TopologyLayers,
): Value {
  const [, , height, columns] = maps[0].type.dims as readonly [number, number, number, number];
  const parts = maps.map((map, at) => {
    const dims = [width, channelsOf(map), 1, 1];
    const lateral = conv2d(
      map,
      layers.tensor(`${name}.lateral.${at}.weight`, dims, heNormal(width)),
    );
    return at === 0 ? lateral : resize(lateral, height, columns, 'nearest');
  });
  const smooth = {
    ...({ name: `${name}.smooth`, kind: 'depthwise', kernel: 3, stride: 1 } as const),
    ...({ inChannels: width, outChannels: width, activation: 'relu6' } as const),
  };
  const sum = parts.reduce((total, part) => add(total, part));
  return convNorm(sum, smooth, layers);
}

/** A 1×1 convolution with bias and without normalisation. */
export function output(
  x: Value,
  name: string,
  channels: number,
  { tensor }: TopologyLayers,
  biasStart = 0,
): Value {
  const from = channelsOf(x);
  const weight = tensor(`${name}.weight`, [channels, from, 1, 1], normal(Math.sqrt(1 / from) / 4));
  return conv2d(x, weight, 1, tensor(`${name}.bias`, [channels], constant(biasStart)));
}
