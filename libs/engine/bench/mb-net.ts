/** @file MBNet: the network of every engine benchmark, as graph and as flat parameter vector. */
import { rng } from '@sextant/common';
import {
  add,
  addWeightDecay,
  clipByValue,
  conv2d,
  depthwiseConv2d,
  expand,
  flattenAll,
  globalAvgPool,
  gradient,
  Graph,
  image,
  logSoftmax,
  matmul,
  mul,
  normActivation,
  plain,
  pointwiseNormActivation,
  reshape,
  scale,
  sgd,
  slice,
  sumAll,
  writeModel,
  type Lowering,
  type Value,
} from '../src';

/** Blocks of [input width, output width, expansion, kernel, stride]. */
export const mbNet = {
  stem: 16,
  classes: 10,
  resolution: 32,
  blocks: [
    [16, 16, 3, 3, 1],
    [16, 24, 4, 5, 2],
    [24, 24, 4, 3, 1],
    [24, 40, 4, 5, 2],
    [40, 40, 4, 3, 1],
    [40, 64, 6, 5, 2],
    [64, 64, 6, 3, 1],
  ],
} as const;

interface Parameter {
  readonly name: string;
  readonly dims: readonly number[];
  /** Standard deviation of the first weights, or their one value. */
  readonly start: { readonly normal: number } | { readonly constant: number };
}

const convNorm = (name: string, dims: readonly number[], fanOut: number): Parameter[] => [
  { name: `${name}.weight`, dims, start: { normal: Math.sqrt(2 / fanOut) } },
  { name: `${name}.gamma`, dims: [dims[0] as number], start: { constant: 1 } },
  { name: `${name}.beta`, dims: [dims[0] as number], start: { constant: 0 } },
];

/** Every tensor of the network, in the order in which they lie in θ. */
export const parameters: readonly Parameter[] = [
  ...convNorm('stem', [mbNet.stem, 3, 3, 3], 9 * mbNet.stem),
  ...mbNet.blocks.flatMap(([ci, co, expansion, k], at) => {
    const mid = ci * expansion;
    return [
      ...convNorm(`b${at}.expand`, [mid, ci, 1, 1], mid),
      ...convNorm(`b${at}.depthwise`, [mid, 1, k, k], k * k),
      ...convNorm(`b${at}.project`, [co, mid, 1, 1], co),
    ];
  }),
  { name: 'fc.weight', dims: [mbNet.classes, 64], start: { normal: 0.01 } },
  { name: 'fc.bias', dims: [mbNet.classes], start: { constant: 0 } },
];

const sizeOf = ({ dims }: Parameter): number => dims.reduce((a, b) => a * b, 1);
export const parameterCount = parameters.reduce((sum, it) => sum + sizeOf(it), 0);

/** Seeded first weights θ [P]. */
export function initialTheta(seed: number): Float32Array {
  const theta = new Float32Array(parameterCount);
  let offset = 0;
  for (const parameter of parameters) {
    const { start, name } = parameter;
    const draw = rng(seed, 'weights').fork(name);
    for (let at = 0; at < sizeOf(parameter); at++) {
      theta[offset++] = 'constant' in start ? start.constant : start.normal * draw.normal();
    }
  }
  return theta;
}

/** θ as named tensors. */
function tensorsOf(theta: Value): Map<string, Value> {
  let offset = 0;
  return new Map(
    parameters.map((parameter) => {
      const size = sizeOf(parameter);
      const tensor = reshape(slice(theta, [offset], [size]), parameter.dims);
      offset += size;
      return [parameter.name, tensor];
    }),
  );
}

function logits(x: Value, tensors: ReadonlyMap<string, Value>): Value {
  const named = (name: string): Value => tensors.get(name) as Value;
  const norm = (y: Value, name: string, activation: 'none' | 'relu6'): Value =>
    normActivation(y, named(`${name}.gamma`), named(`${name}.beta`), activation).y;
  const expanded = (y: Value, name: string): Value => {
    const [weight, gamma, beta] = ['weight', 'gamma', 'beta'].map((it) => named(`${name}.${it}`));
    return pointwiseNormActivation(y, weight!, gamma!, beta!, 'relu6').y;
  };
  let h = norm(conv2d(x, named('stem.weight')), 'stem', 'relu6');
  mbNet.blocks.forEach(([ci, co, , , stride], at) => {
    const name = (layer: string): string => `b${at}.${layer}`;
    let z = expanded(h, name('expand'));
    z = depthwiseConv2d(z, named(name('depthwise.weight')), stride);
    z = norm(z, name('depthwise'), 'relu6');
    z = norm(conv2d(z, named(name('project.weight'))), name('project'), 'none');
    h = ci === co && stride === 1 ? add(h, z) : z;
  });
  const y = matmul(globalAvgPool(h), named('fc.weight'), false, true);
  return add(y, expand(reshape(named('fc.bias'), [1, mbNet.classes]), y.type.dims));
}

/**
 * Forward, backward and update as one model. Inputs image uint8 [N,3,32,32], targets [N,10], theta and velocity [P],
 * learningRate []; outputs loss, nextTheta, nextVelocity.
 */
export function trainStepModel(batch: number, lowering: Lowering): Uint8Array {
  const graph = new Graph();
  const { resolution: height, resolution: width, classes } = mbNet;
  const pixels = graph.input('image', plain([batch, 3, height, width], 'uint8'));
  const targets = graph.input('targets', plain([batch, classes]));
  const theta = graph.input('theta', plain([parameterCount]));
  const tensors = tensorsOf(theta);
  const normalisation = { mean: [0.5, 0.5, 0.5], standardDeviation: [0.25, 0.25, 0.25] };
  const x = image(pixels, { ...normalisation, height, width });
  const loss = scale(sumAll(mul(targets, logSoftmax(logits(x, tensors)))), -1 / batch);
  const decay = graph.constant(new Float32Array(parameterCount).fill(1e-5), [parameterCount]);
  const gradients = flattenAll(gradient(loss, [...tensors.values()]));
  const next = sgd(
    {
      theta,
      velocity: graph.input('velocity', plain([parameterCount])),
      gradient: addWeightDecay(clipByValue(gradients, 1), theta, decay),
      learningRate: graph.input('learningRate', plain([])),
    },
    { momentum: 0.9, nesterov: true },
  );
  graph.output('loss', loss);
  graph.output('nextTheta', next.theta);
  graph.output('nextVelocity', next.velocity);
  return writeModel(graph, { lowering });
}
