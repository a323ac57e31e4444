import { rng } from '@sextant/common';
import { countMacs, drawFeeds, readModel, settleInputs } from '@sextant/engine';
import {
  macs,
  maxArchitecture,
  minArchitecture,
  networkShape,
  paramCount,
  sample,
  type Architecture,
} from '@sextant/search-space';
import { describe, expect, it } from 'vitest';
import { tinyFormat, tinySpace } from '../testing';
import { exportModel, normalisedLayers, type Child, type Statistics } from './child-models';
import { initialWeights, parameterLayout } from '@sextant/networks';

const layout = parameterLayout(tinySpace);
const theta = initialWeights(layout, rng(3, 'weights'));

function exported(architecture: Architecture, side = architecture.resolution): Uint8Array {
  const child: Child = { space: tinySpace, architecture, layout, theta };
  const statistics: Statistics = new Map(
    normalisedLayers(child).map((name) => [
      name,
      { mean: new Float32Array(64), variance: new Float32Array(64).fill(1) },
    ]),
  );
  return exportModel(child, { ...tinyFormat, height: side, width: side }, statistics, {});
}

const draw = rng(5, 'architectures');
const architectures: [string, Architecture][] = [
  ['the smallest', minArchitecture(tinySpace)],
  ['the largest', maxArchitecture(tinySpace)],
  ...Array.from({ length: 6 }, (_, at): [string, Architecture] => [
    `sample ${at}`,
    sample(tinySpace, draw),
  ]),
];

/** Channels that are normalised: each loses γ, β to folding and gains one bias. */
function normalisedChannels(architecture: Architecture): number {
  const { stem, blocks, head } = networkShape(tinySpace, architecture);
  const ofBlocks = blocks.map(
    ({ hasExpansion, midChannels, outChannels }) =>
      (hasExpansion ? 2 : 1) * midChannels + outChannels,
  );
  return [stem.outChannels, ...ofBlocks, head.outChannels].reduce((sum, it) => sum + it);
}

async function cost(bytes: Uint8Array) {
  const model = readModel(bytes);
  return countMacs(model, drawFeeds(model, settleInputs(model, {}), rng(1)));
}

describe('the cost of an exported child', () => {
  it.each(architectures)('counted in its file is the closed form, for %s', async (_, child) => {
    const counted = await cost(exported(child));
    expect(counted.notCounted).toEqual([]);
    expect(counted.macs).toBe(macs(tinySpace, child));
    const layers = paramCount(tinySpace, child) - normalisedChannels(child);
    expect(counted.paramCount - layers).toBeGreaterThanOrEqual(0);
    expect(counted.paramCount - layers).toBeLessThanOrEqual(12); // pixel statistics, bounds of ReLU6
  });

  it('holds the resize of its images as well, which is two matrix products and no layer', async () => {
    const child = minArchitecture(tinySpace);
    const { channels, height, width } = tinyFormat;
    const along = channels * height * width * child.resolution;
    const across = channels * height * child.resolution ** 2;
    expect(child.resolution).toBeLessThan(height);
    const counted = await cost(exported(child, height));
    expect(counted.macs).toBe(macs(tinySpace, child) + along + across);
  });
});
