import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { euclideanNorm } from './define-proxy';
import { rankFusion, vote } from './population';
import { spectralEntropy, spectralNorm, transportScore } from './proxies/az-nas';
import { agreement as shareOfAgreement } from './proxies/agreement';
import { azProgressivity, azTrainability } from './proxies/az-nas';
import { effectiveRank, power } from './proxies/effective-rank';
import { epeNas } from './proxies/epe-nas';
import { fisher } from './proxies/fisher';
import { gradNorm } from './proxies/grad-norm';
import { gradSign } from './proxies/grad-sign';
import { grasp } from './proxies/grasp';
import { inputCorrelation, inputGradient } from './proxies/input-gradient';
import { jacobCov, spectrumScore } from './proxies/jacob-cov';
import { l2Norm } from './proxies/l2-norm';
import { logitSpread } from './proxies/logit-spread';
import { meco } from './proxies/meco';
import { nwot } from './proxies/nwot';
import { plain } from './proxies/plain';
import { snip } from './proxies/snip';
import { regularisedSwap, swap } from './proxies/swap';
import { flow as arrivingFlow, flowOfLayers, synflow } from './proxies/synflow';
import { zen } from './proxies/zen';
import { zico } from './proxies/zico';

const floats = (...values: number[]): Float32Array => Float32Array.from(values);

describe('the loss ½(w·x − t)² at w = (1, −2), x = (1, 1), t = 1', () => {
  const gradients = [{ weight: floats(1, -2), gradient: floats(-2, -2) }];

  it('has the published scores', () => {
    expect(plain.evaluate({ gradients }).score).toBe(2);
    expect(snip.evaluate({ gradients }).score).toBe(6);
    expect(gradNorm.evaluate({ gradients }).score).toBeCloseTo(2.828427, 6);
    const weightNorms = [euclideanNorm(floats(1, -2))];
    expect(l2Norm.evaluate({ weightNorms }).score).toBeCloseTo(2.236068, 6);
    const curvature = [{ weight: floats(1, -2), gradient: floats(-4, -4) }];
    expect(grasp.evaluate({ curvature }).score).toBe(-4);
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

describe('statistics that ParZC reads', () => {
  it('of the flow: what passes the last layer', () => {
    const layers = [{ weight: floats(1, 2), gradient: floats(3, 3.5) }];
    const flow = { logUnit: Math.log(7), layers };
    expect(arrivingFlow.evaluate({ flow }).score).toBeCloseTo(Math.log(70), 12);
  });

  it('of blocks: rank 2 of two equal directions, 1 of one and of no signal', () => {
    const of = (...covariance: number[]) => ({ channels: 2, covariance: floats(...covariance) });
    const blockCovariances = [of(3, 0, 0, 3), of(4, 0, 0, 0)];
    expect([...effectiveRank.evaluate({ blockCovariances }).nodes!]).toEqual([2, 1]);
    expect(effectiveRank.evaluate({ blockCovariances }).score).toBeCloseTo(Math.LN2, 12);
    expect([...power.evaluate({ blockCovariances }).nodes!]).toEqual([3, 2]);
    expect(power.evaluate({ blockCovariances }).score).toBeCloseTo(Math.log(6), 12);
    const silent = { blockCovariances: [of(0, 0, 0, 0)] };
    expect([...effectiveRank.evaluate(silent).nodes!]).toEqual([1]);
    expect(power.evaluate(silent).score).toBe(-Infinity);
  });

  it('of the gradient at the images: its size, and the score of jacob_cov, −N where nothing is in common', () => {
    const given = { images: 3, rows: floats(1, 2, 3, 4, 1, 2, 3, 5, 4, 3, 1, 2) };
    expect(inputCorrelation.evaluate({ inputGradient: given }).score).toBeCloseTo(-801.697205, 3);
    const apart = { images: 2, rows: floats(1, -1, 0, 0, 0, 0, 1, -1) };
    expect(inputCorrelation.evaluate({ inputGradient: apart }).score).toBeCloseTo(-2, 6);
    expect(inputGradient.evaluate({ inputGradient: apart }).score).toBeCloseTo(Math.log(4), 12);
    const silent = { images: 1, rows: floats(0, 0) };
    expect(inputGradient.evaluate({ inputGradient: silent }).score).toBeCloseTo(-69.08, 2);
  });

  it('of the logits: deviations from the mean of an image', () => {
    const logits = { values: floats(1, 3, 5, 5), classes: 2 };
    expect(logitSpread.evaluate({ logits }).score).toBe(2);
  });
});

describe('jacob_cov', () => {
  it('is the published score of three rows', () => {
    const jacobian = {
      rows: floats(1, 2, 3, 4, 1, 2, 3, 5, 4, 3, 1, 2),
      labels: [0, 0, 0],
      classes: 10,
    };
    expect(jacobCov.evaluate({ jacobian }).score).toBeCloseTo(-801.697205, 3);
  });

  it('is about −n at best, where no two responses correlate', () => {
    expect(spectrumScore(Matrix.identity(3))).toBeCloseTo(-3.0000000001, 9);
  });

  it('fails where an image has no response', () => {
    const jacobian = { rows: floats(0, 0, 1, 2), labels: [0, 0], classes: 10 };
    expect(jacobCov.evaluate({ jacobian }).score).toBeNaN();
  });
});

describe('epe_nas', () => {
  const rows = floats(1, 2, 3, 4, 2, 1, 4, 3, 1, 0, 2, 1, 0, 1, 1, 3, 2, 2, 0, 1);
  const labels = [0, 0, 1, 1, 1];

  it('sums over classes, and compares them where they are many', () => {
    const few = epeNas.evaluate({ jacobian: { rows, labels, classes: 10 } });
    expect(few.score).toBeCloseTo(26.4892497, 5);
    const many = epeNas.evaluate({ jacobian: { rows, labels, classes: 120 } });
    expect(many.score).toBeCloseTo(7.9784183, 5);
  });

  it('takes a class of one image as correlated with itself', () => {
    const one = { rows: floats(1, 2, 4), labels: [3], classes: 10 };
    expect(epeNas.evaluate({ jacobian: one }).score).toBeCloseTo(Math.log(1 + 1e-5), 9);
  });
});

describe('nwot', () => {
  // Codes 1011, 0110 and 1100: units open for two images at once.
  const map = { units: 4, open: floats(3, 1, 1, 1, 2, 1, 1, 1, 2), readers: 1 };
  const agreement = { images: 3, maps: [map] };

  it('is log det of agreements, those of shut units included', () => {
    expect(nwot.evaluate({ agreement }).score).toBeCloseTo(3.78419, 6);
  });

  it('is −∞ where two images agree on every unit', () => {
    const same = { images: 2, maps: [{ units: 4, open: floats(3, 3, 3, 3), readers: 1 }] };
    expect(nwot.evaluate({ agreement: same }).score).toBe(-Infinity);
  });

  it('counts a map as often as ReLUs read it, `agreement` once', () => {
    const twice = { images: 3, maps: [{ ...map, readers: 2 }] };
    const none = { images: 3, maps: [map, { ...map, readers: 0 }] };
    expect(nwot.evaluate({ agreement: twice }).score).toBeCloseTo(3.78419 + 3 * Math.LN2, 5);
    expect(nwot.evaluate({ agreement: none }).score).toBeCloseTo(3.78419, 6);
    // Agreements 1, 1 and 2 of 4 units.
    expect(shareOfAgreement.evaluate({ agreement: none }).score).toBeCloseTo(1 / 3, 12);
    expect(shareOfAgreement.evaluate({ agreement: none }).nodes).toHaveLength(2);
  });
});

describe('swap', () => {
  it('counts what different units do over the images', () => {
    // The same codes by unit: (1,0,1), (0,1,1), (1,1,0), (1,0,0), and one of them again.
    expect(swap.evaluate({ patterns: Uint32Array.of(5, 6, 3, 1, 5) }).score).toBe(4);
  });

  it('falls off from the size that is wanted', () => {
    expect(regularisedSwap(1, 1.2, { mu: 1, sigma: 0.5 })).toBeCloseTo(0.9231163, 7);
  });
});

describe('zico', () => {
  it('is the logarithm of mean over deviation, summed over elements that vary', () => {
    const batchGradients = [[floats(0.2, -0.4, 0.1), floats(0.4, -0.2, 0.1)] as const];
    expect(zico.evaluate({ batchGradients }).score).toBeCloseTo(1.7917595, 6);
  });

  it('leaves out layers without variation', () => {
    const batchGradients = [[floats(1), floats(1)] as const];
    expect(zico.evaluate({ batchGradients }).score).toBe(0);
  });
});

describe('grad_sign', () => {
  it('is how far signs outweigh each other', () => {
    // Signs of (1,−1,2), (3,2,−1), (.5,−2,−4) by weight: 3, −1, −1.
    const { score, nodes } = gradSign.evaluate({ signSums: [Int32Array.of(3, -1, -1)] });
    expect(score).toBe(5);
    expect(nodes![0]).toBeCloseTo(5 / 3, 12);
  });
});

describe('meco', () => {
  const centred = (rows: readonly number[][]) => {
    const shifted = rows.map((row) => row.map((x) => x - row.reduce((a, b) => a + b) / row.length));
    const products = shifted.flatMap((a) =>
      shifted.map((b) => a.reduce((sum, x, at) => sum + x * b[at]!, 0)),
    );
    return [{ channels: rows.length, products: Float32Array.from(products) }];
  };
  it('is the smallest eigenvalue of the correlation of channels', () => {
    const channelProducts = centred([
      [1, 2, 3, 4],
      [2, 1, 4, 3],
      [4, 3, 2, 1.5],
    ]);
    expect(meco.evaluate({ channelProducts }).score).toBeCloseTo(0.00886481, 6);
  });

  it('takes a constant channel as one that correlates with none', () => {
    const channelProducts = centred([
      [1, 2],
      [5, 5],
    ]);
    expect(meco.evaluate({ channelProducts }).score).toBeCloseTo(0, 9);
  });
});

describe('zen', () => {
  it('is the logarithm of the difference, with half the logarithm of every running variance', () => {
    const perturbation = {
      differences: [Math.E, Math.E],
      runningVariances: [
        [4, 1],
        [4, 1],
      ],
    };
    expect(zen.evaluate({ perturbation }).score).toBeCloseTo(1 + Math.log(2), 12);
  });
});

describe('az_nas', () => {
  const block = (covariance: number[], matrix: number[] | null, isIdentity = false) => ({
    channels: Math.sqrt(covariance.length),
    covariance: Float32Array.from(covariance),
    transport: matrix && { rows: 1, columns: 1, matrix: Float32Array.from(matrix), isIdentity },
  });

  it('has the entropy of a spectrum', () => {
    expect(spectralEntropy([3, 1])).toBeCloseTo(0.5623351, 6);
  });

  it('is 0 where a block keeps the size of gradients, less where it does not', () => {
    expect(transportScore(1)).toBeCloseTo(0, 5);
    expect(transportScore(2)).toBeCloseTo(-0.5, 5);
    expect(transportScore(0.5)).toBeCloseTo(-0.5, 5);
    expect(
      spectralNorm({ rows: 1, columns: 2, matrix: floats(3, 4), isIdentity: false }),
    ).toBeCloseTo(5, 9);
  });

  it('is −∞ with a block that hands on its input', () => {
    const blocks = [
      block([1, 0, 0, 1], null),
      block([1, 0, 0, 1], [1]),
      block([1, 0, 0, 1], [1], true),
    ];
    expect(azTrainability.evaluate({ blocks }).score).toBe(-Infinity);
    expect(azTrainability.evaluate({ blocks: blocks.slice(0, 2) }).score).toBeCloseTo(0, 5);
  });

  it('progresses by the smallest step of entropy', () => {
    const blocks = [block([3, 0, 0, 1], null), block([1, 0, 0, 1], [1]), block([3, 0, 0, 1], [1])];
    expect(azProgressivity.evaluate({ blocks }).score).toBeCloseTo(0.5623351 - Math.log(2), 6);
  });
});

describe('a population', () => {
  it('is ranked by the sum of logarithms of ranks', () => {
    const fused = rankFusion([
      [1, 3, 2],
      [0.5, 0.1, 0.9],
    ]);
    [-1.5040774, -1.0986123, -0.4054651].forEach((value, at) =>
      expect(fused[at]).toBeCloseTo(value, 7),
    );
  });

  it('has failures last and ties at their mean rank', () => {
    const fused = rankFusion([[null, 2, 2, 1]]);
    expect([...fused].map((value) => 4 * Math.exp(value))).toEqual(
      [1, 3.5, 3.5, 2].map((r): unknown => expect.closeTo(r, 9)),
    );
  });

  it('votes by pairs', () => {
    const columns = [
      [3, 2, 1],
      [3, 1, 2],
      [1, 2, 3],
    ];
    expect([...vote(columns)]).toEqual([2, -2, 0]);
  });

  it('is refused where proxies have scored different networks', () => {
    expect(() => rankFusion([[1], [1, 2]])).toThrow('columns of 1, 2');
    expect(() => vote([])).toThrow('nothing');
  });
});
