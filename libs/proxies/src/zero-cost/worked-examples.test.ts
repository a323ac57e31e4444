import { describe, expect, it } from 'vitest';
import { fisher } from './proxies/fisher';
import { gradNorm } from './proxies/grad-norm';
import { l2Norm } from './proxies/l2-norm';
import { plain } from './proxies/plain';
import { snip } from './proxies/snip';
import { flowOfLayers, synflow } from './proxies/synflow';

const floats = (...values: number[]): Float32Array => Float32Array.from(values);

describe('the loss ½(w·x − t)² at w = (1, −2), x = (1, 1), t = 1', () => {
  const gradients = [{ weight: floats(1, -2), gradient: floats(-2, -2) }];

  it('has the published scores', () => {
    expect(plain.evaluate({ gradients }).score).toBe(2);
    expect(snip.evaluate({ gradients }).score).toBe(6);
    expect(gradNorm.evaluate({ gradients }).score).toBeCloseTo(2.828427, 6);
    expect(l2Norm.evaluate({ weights: [floats(1, -2)] }).score).toBeCloseTo(2.236068, 6);
  });

  it('has means over elements as nodes, and norms where the term is one', () => {
    expect([...plain.evaluate({ gradients }).nodes!]).toEqual([1]);
    expect([...snip.evaluate({ gradients }).nodes!]).toEqual([3]);
    expect(gradNorm.evaluate({ gradients }).nodes![0]).toBeCloseTo(2.828427, 6);
  });
});

describe('sums over layers', () => {
  it('adds norms, and does not take the norm of the whole', () => {
    const pair = (...gradient: number[]) => ({
      weight: floats(...gradient),
      gradient: floats(...gradient),
    });
    const gradients = [pair(3), pair(4)];
    expect(gradNorm.evaluate({ gradients }).score).toBe(7);
    expect(plain.evaluate({ gradients: [{ weight: floats(-1), gradient: floats(2) }] }).score).toBe(
      -2,
    );
  });
});

describe('fisher', () => {
  // Activations (1,2), (3,−1) and gradients (.5,−.5), (1,1) of one channel, two images: Σ A·G = −.5 and 2.
  const planeProducts = [{ images: 2, channels: 1, products: floats(-0.5, 2) }];

  it('is half the mean square of what an image sums to', () => {
    expect(fisher.evaluate({ planeProducts }).score).toBe(1.0625);
  });

  it('has the mean over channels as its node', () => {
    const two = [{ images: 2, channels: 2, products: floats(-0.5, 0, 2, 0) }];
    expect([...fisher.evaluate({ planeProducts: two }).nodes!]).toEqual([1.0625 / 2]);
  });
});

describe('synflow', () => {
  // |W1| = [[1,2],[3,.5]], |W2| = [[1,2]], input ones: R = 10.
  const flow = {
    logUnit: 0,
    layers: [
      { weight: floats(1, 2, 3, 0.5), gradient: floats(1, 1, 2, 2) },
      { weight: floats(1, 2), gradient: floats(3, 3.5) },
    ],
  };

  it('has R in every layer of a chain, and L·R in all', () => {
    expect(flowOfLayers(flow)).toEqual([10, 10]);
    expect(synflow.evaluate({ flow }).score).toBeCloseTo(Math.log(20), 12);
  });

  it('adds the logarithm of the unit to the score, and multiplies the nodes by the unit', () => {
    const { score, nodes } = synflow.evaluate({ flow: { ...flow, logUnit: Math.log(7) } });
    expect(score).toBeCloseTo(Math.log(140), 12);
    expect(nodes![0]).toBeCloseTo(17.5, 12);
    expect(nodes![1]).toBeCloseTo(35, 12);
  });
});
