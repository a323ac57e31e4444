import { describe, expect, it } from 'vitest';
import { gradcheck, lowerings, type GradientCase } from '../../testing';
import { elementDim, mulDims } from '../graph/dims';
import { feature, plain } from '../graph/value';
import { add, sub } from './add';
import { batchNorm } from './batch-norm';
import { blendChannels } from './blend-channels';
import {
  affineChannels,
  dotChannels,
  scaleChannels,
  spreadChannels,
  sumChannels,
} from './channels';
import { clip, relu6 } from './clip';
import { flattenAll } from './flatten-all';
import { convInputGradient, convWeightGradient, conv2d } from './conv2d';
import {
  depthwiseConv2d,
  depthwiseInputGradient,
  depthwiseWeightGradient,
} from './depthwise-conv2d';
import { divideBy } from './divide-by-count';
import { exp } from './exp';
import { globalAvgPool } from './global-avg-pool';
import { inverseSqrt } from './inverse-sqrt';
import { logSoftmax } from './log-softmax';
import { matmul } from './matmul';
import { mul } from './mul';
import { normActivation } from './norm-activation';
import { pointwiseNormActivation } from './pointwise-norm-activation';
import { reshape } from './reshape';
import { scale } from './scale';
import { leading, padTo, slice } from './slice';
import { expand, fill, sum, sumAll } from './sum';

const x4 = feature([2, 3, 5, 4]);
const channels = elementDim('architecture', 0, [1, 2, 3]);
const kernel = elementDim('architecture', 1, [3, 5]);
const side = elementDim('architecture', 2, [4, 5, 6]);
const elastic = { architecture: [2, 3, 5] };

const cases: Record<string, GradientCase> = {
  add: { inputs: { a: plain([2, 3]), b: plain([2, 3]) }, build: ({ a, b }) => add(a!, b!) },
  'add scalar': { inputs: { a: plain([2, 3]), b: plain([]) }, build: ({ a, b }) => add(a!, b!) },
  sub: { inputs: { a: x4, b: x4 }, build: ({ a, b }) => sub(a!, b!) },
  'sub scalar': { inputs: { a: plain([4]), b: plain([]) }, build: ({ a, b }) => sub(a!, b!) },
  mul: { inputs: { a: x4, b: x4 }, build: ({ a, b }) => mul(a!, b!) },
  'mul scalar': { inputs: { a: plain([4]), b: plain([]) }, build: ({ a, b }) => mul(a!, b!) },
  'mul with itself': { inputs: { a: plain([4]) }, build: ({ a }) => mul(a!, a!) },
  scale: { inputs: { a: plain([4]) }, build: ({ a }) => scale(a!, -1.5) },
  exp: { inputs: { a: plain([4]) }, build: ({ a }) => exp(a!) },
  inverseSqrt: {
    inputs: { a: plain([4]) },
    build: ({ a }) => inverseSqrt(a!, 0.1),
    prepare: (name, x) => (name === 'a' ? { ...x, data: x.data.map((v) => v * v + 0.5) } : x),
  },
  clip: { inputs: { a: plain([40]) }, build: ({ a }) => clip(a!, -0.5, 0.7) },
  relu6: { inputs: { a: x4 }, build: ({ a }) => relu6(scale(a!, 4)) },
  sum: { inputs: { a: plain([2, 3, 4]) }, build: ({ a }) => sum(a!, [0, 2]) },
  expand: { inputs: { a: plain([2, 1, 1]) }, build: ({ a }) => expand(a!, [2, 3, 4]) },
  sumAll: { inputs: { a: x4 }, build: ({ a }) => sumAll(a!) },
  fill: { inputs: { a: plain([]), b: x4 }, build: ({ a, b }) => fill(a!, b!) },
  logSoftmax: { inputs: { a: plain([3, 5]) }, build: ({ a }) => logSoftmax(a!) },
  reshape: { inputs: { a: plain([2, 6]) }, build: ({ a }) => reshape(a!, [3, 4]) },
  flattenAll: {
    inputs: { a: plain([2, 3]), b: plain([4]), c: plain([]) },
    build: ({ a, b, c }) => flattenAll([a!, b!, c!]),
  },
  slice: { inputs: { a: plain([4, 5]) }, build: ({ a }) => slice(a!, [1, 2], [2, 3]) },
  padTo: { inputs: { a: plain([2, 3]) }, build: ({ a }) => padTo(a!, [1, 0], [4, 5]) },
  'slice of a run-time size': {
    ...elastic,
    inputs: { a: plain([4, 3]) },
    build: ({ a }) => leading(a!, [4, channels]),
  },
  affineChannels: {
    inputs: { x: x4, a: plain([3]), b: plain([3]) },
    build: ({ x, a, b }) => affineChannels(x!, a!, b!),
  },
  scaleChannels: {
    inputs: { x: x4, a: plain([3]) },
    build: ({ x, a }) => scaleChannels(x!, a!),
  },
  sumChannels: { inputs: { x: x4 }, build: ({ x }) => sumChannels(x!) },
  dotChannels: { inputs: { a: x4, b: x4 }, build: ({ a, b }) => dotChannels(a!, b!) },
  blendChannels: {
    inputs: { u: x4, a: plain([3]), v: x4, b: plain([3]), c: plain([3]) },
    build: ({ u, a, v, b, c }) => blendChannels(u!, a!, v!, b!, c!),
  },
  spreadChannels: {
    inputs: { a: plain([3]), x: x4 },
    build: ({ a, x }) => spreadChannels(a!, x!),
  },
  divideBy: {
    ...elastic,
    inputs: { a: plain([3]) },
    build: ({ a }) => divideBy(a!, mulDims(side, side)),
  },
  globalAvgPool: { inputs: { x: x4 }, build: ({ x }) => globalAvgPool(x!) },
  'globalAvgPool of run-time sizes': {
    ...elastic,
    inputs: { x: feature([2, channels, side, side]) },
    build: ({ x }) => globalAvgPool(x!),
  },
  'batchNorm y': {
    inputs: { x: x4, gamma: plain([3]), beta: plain([3]) },
    build: ({ x, gamma, beta }) => batchNorm(x!, gamma!, beta!).y,
  },
  'batchNorm mean': {
    inputs: { x: x4, gamma: plain([3]), beta: plain([3]) },
    build: ({ x, gamma, beta }) => batchNorm(x!, gamma!, beta!).mean,
  },
  'batchNorm variance': {
    inputs: { x: x4, gamma: plain([3]), beta: plain([3]) },
    build: ({ x, gamma, beta }) => batchNorm(x!, gamma!, beta!).variance,
  },
  'batchNorm y, mean and variance': {
    ...elastic,
    inputs: {
      x: feature([2, channels, side, 3]),
      gamma: plain([channels]),
      beta: plain([channels]),
    },
    build({ x, gamma, beta }) {
      const { y, mean, variance } = batchNorm(x!, gamma!, beta!);
      return mul(spreadChannels(mul(mean, variance), y), y);
    },
  },
};

for (const [transposeA, transposeB] of [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const) {
  cases[`matmul ${transposeA ? 'aᵀ' : 'a'}·${transposeB ? 'bᵀ' : 'b'}`] = {
    inputs: { a: plain(transposeA ? [3, 2] : [2, 3]), b: plain(transposeB ? [4, 3] : [3, 4]) },
    build: ({ a, b }) => matmul(a!, b!, transposeA, transposeB),
  };
}

for (const activation of ['none', 'relu', 'relu6'] as const) {
  for (const x of [feature([2, 3, 4, 3]), feature([2, 18, 2, 2])]) {
    const [, c] = x.dims as readonly number[];
    const vectors = { gamma: plain([c!]), beta: plain([c!]) };
    cases[`normActivation ${activation} of ${c} channels`] = {
      inputs: { x, ...vectors },
      build: ({ x, gamma, beta }) => normActivation(scale(x!, 4), gamma!, beta!, activation).y,
    };
    cases[`pointwiseNormActivation ${activation} of ${c} channels`] = {
      inputs: { x: feature([2, 3, 2, 3]), w: plain([c!, 3, 1, 1]), ...vectors },
      build: ({ x, w, gamma, beta }) =>
        pointwiseNormActivation(x!, w!, gamma!, beta!, activation).y,
    };
  }
}

for (const [ci, co, k, stride] of [
  [16, 24, 1, 1],
  [24, 16, 1, 1],
  [17, 5, 3, 1],
  [17, 5, 3, 2],
  [3, 17, 3, 2],
] as const) {
  cases[`conv2d of blocks ${ci} → ${co}, k=${k} stride=${stride}`] = {
    inputs: { x: feature([1, ci, 3, 2]), w: plain([co, ci, k, k]), b: plain([co]) },
    build: ({ x, w, b }) => conv2d(x!, w!, stride, b),
  };
}
for (const stride of [1, 2]) {
  cases[`depthwiseConv2d of blocks, stride ${stride}`] = {
    inputs: { x: feature([2, 18, 3, 2]), w: plain([18, 1, 3, 3]), b: plain([18]) },
    build: ({ x, w, b }) => depthwiseConv2d(x!, w!, stride, b),
  };
}

for (const k of [1, 3, 5]) {
  for (const stride of [1, 2, 3]) {
    const label = `k=${k} stride=${stride}`;
    cases[`conv2d ${label}`] = {
      inputs: { x: feature([2, 3, 5, 6]), w: plain([4, 3, k, k]), b: plain([4]) },
      build: ({ x, w, b }) => conv2d(x!, w!, stride, b),
    };
    cases[`depthwiseConv2d ${label}`] = {
      inputs: { x: feature([2, 3, 5, 6]), w: plain([3, 1, k, k]), b: plain([3]) },
      build: ({ x, w, b }) => depthwiseConv2d(x!, w!, stride, b),
    };
    cases[`conv2d adjoints ${label}`] = {
      inputs: { x: feature([2, 3, 5, 6]), w: plain([4, 3, k, k]) },
      build({ x, w }) {
        const y = conv2d(x!, w!, stride);
        const dX = convInputGradient(y, w!, x!, stride);
        return convWeightGradient(dX, y, w!, stride);
      },
    };
    cases[`depthwise adjoints ${label}`] = {
      inputs: { x: feature([2, 3, 5, 6]), w: plain([3, 1, k, k]) },
      build({ x, w }) {
        const y = depthwiseConv2d(x!, w!, stride);
        const dX = depthwiseInputGradient(y, w!, x!, stride);
        return depthwiseWeightGradient(dX, y, w!, stride);
      },
    };
  }
}

const elasticCases: Record<string, GradientCase> = {};
for (const stride of [1, 2]) {
  for (const architecture of [
    [1, 3, 4],
    [2, 3, 5],
    [3, 5, 6],
    [2, 5, 5],
  ]) {
    elasticCases[
      `depthwise with [C,k,H] = ${architecture.join()} of run-time sizes, stride ${stride}`
    ] = {
      architecture,
      inputs: { x: feature([2, channels, side, side]), w: plain([channels, 1, kernel, kernel]) },
      build: ({ x, w }) => depthwiseConv2d(x!, w!, stride),
    };
    elasticCases[`1×1 conv of ${architecture[0]} run-time channels, stride ${stride}`] = {
      architecture,
      inputs: { x: feature([2, channels, side, side]), w: plain([4, channels, 1, 1]) },
      build: ({ x, w }) => conv2d(x!, w!, stride),
    };
  }
}

/** Blocked depthwise kernels take C·N channels at once: a batch that fills blocks, whatever C is. */
const pairCases: Record<string, GradientCase> = {};
for (const stride of [1, 2]) {
  for (const architecture of [
    [1, 3, 4],
    [3, 5, 5],
  ]) {
    pairCases[`depthwise of 16 images, [C,k,H] = ${architecture.join()}, stride ${stride}`] = {
      architecture,
      inputs: { x: feature([16, channels, side, side]), w: plain([channels, 1, kernel, kernel]) },
      build: ({ x, w }) => depthwiseConv2d(x!, w!, stride),
    };
  }
}
/** As providers without training's batch normalisation get it. */
const composite = {
  'batch first': { featureOrder: 'NCHW', blockChannels: null, isNormComposite: true },
  'channels first': { featureOrder: 'CNHW', blockChannels: null, isNormComposite: true },
} as const;
const normCases = Object.entries(cases).filter(([name]) => /norm/i.test(name));
const channelsFirst = Object.fromEntries(
  Object.entries(lowerings).filter(([, { featureOrder }]) => featureOrder === 'CNHW'),
);

describe('every op', () => {
  it.each(normCases)('%s, composite', async (_, test) => {
    const { runtimeVsReference } = await gradcheck(test, composite);
    for (const error of Object.values(runtimeVsReference)) expect(error).toBeLessThan(2e-5);
  });

  it.each(Object.entries(pairCases))('%s', async (_, test) => {
    const report = await gradcheck(test, channelsFirst);
    expect(report.analyticVsNumeric).toBeLessThan(1e-6);
    for (const error of Object.values(report.runtimeVsReference)) expect(error).toBeLessThan(2e-5);
  });

  it.each(Object.entries(cases))(
    '%s: gradient is exact and ONNX Runtime agrees',
    async (_, test) => {
      const report = await gradcheck(test);
      expect(report.analyticVsNumeric).toBeLessThan(1e-6);
      for (const error of Object.values(report.runtimeVsReference))
        expect(error).toBeLessThan(2e-5);
    },
  );

  // Batch-first storage is for networks whose sizes are known: ONNX fixes `group` there.
  it.each(Object.entries(elasticCases))('%s', async (_, test) => {
    const report = await gradcheck(test, {
      'channels first': { featureOrder: 'CNHW', blockChannels: null },
    });
    expect(report.analyticVsNumeric).toBeLessThan(1e-6);
    expect(report.runtimeVsReference['channels first']).toBeLessThan(2e-5);
  });
});
