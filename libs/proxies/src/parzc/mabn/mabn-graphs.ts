/** @file MABN as models: one step of training, and scores of any number of architectures. */
import {
  adam,
  addWeightDecay,
  axisDim,
  flattenAll,
  gradient,
  Graph,
  plain,
  portableLowerings,
  reshape,
  slice,
  writeModel,
  type Dim,
  type Value,
} from '@sextant/engine';
import { rankLoss, type RankLoss } from '../losses/rank-loss';
import { mabn } from './mabn-network';
import { mabnTensors, type MabnSizes } from './mabn-sizes';

export interface MabnTraining {
  readonly loss: RankLoss;
  /** λ of the L2 penalty ½·λ·‖θ‖², on all parameters, as in Adam of PyTorch. */
  readonly weightDecay: number;
}

/** A random input and how many numbers it takes: for one run, or for each architecture of it. */
export interface ChanceInput {
  readonly name: string;
  readonly kind: 'normal' | 'uniform';
  readonly dims: readonly number[];
}

/** A model, and the random inputs that it wants. */
export interface MabnModel {
  readonly model: Uint8Array;
  readonly chance: readonly ChanceInput[];
}

function tensorsOf(theta: Value, sizes: MabnSizes): ReadonlyMap<string, Value> {
  return new Map(
    mabnTensors(sizes).map(({ name, dims, offset, size }) => [
      name,
      reshape(slice(theta, [offset], [size]), dims),
    ]),
  );
}

const parameterDims = (sizes: MabnSizes): readonly number[] => [
  mabnTensors(sizes).reduce((sum, { size }) => sum + size, 0),
];

const lowering = portableLowerings.known;

/**
 * One step of Adam on a batch. Inputs: x [B,features], y [B], theta, firstMoment, secondMoment [P], scalars learningRate,
 * firstCorrection, secondCorrection, and the random inputs. Outputs: loss, nextTheta, nextFirstMoment, nextSecondMoment.
 */
export function trainingModel(sizes: MabnSizes, training: MabnTraining, batch: number): MabnModel {
  const graph = new Graph();
  const chance: ChanceInput[] = [];
  const drawn =
    (kind: ChanceInput['kind']) =>
    (name: string, dims: readonly Dim[]): Value => {
      const input = { name: `${kind} ${name}`, kind, dims: dims as readonly number[] };
      chance.push(input);
      return graph.input(input.name, plain(dims));
    };
  const [x, y] = [
    graph.input('x', plain([batch, sizes.features])),
    graph.input('y', plain([batch])),
  ];
  const vector = (name: string): Value => graph.input(name, plain(parameterDims(sizes)));
  const scalar = (name: string): Value => graph.input(name, plain([]));
  const theta = vector('theta');
  const tensors = tensorsOf(theta, sizes);
  const scores = mabn(x, sizes, {
    tensor: (name) => tensors.get(name) as Value,
    noise: drawn('normal'),
    uniform: drawn('uniform'),
  });
  const loss = rankLoss(scores, y, training.loss);
  const raw = flattenAll(gradient(loss, [...tensors.values()]));
  const decay = new Float32Array(parameterDims(sizes)[0] as number).fill(training.weightDecay);
  const next = adam({
    theta,
    firstMoment: vector('firstMoment'),
    secondMoment: vector('secondMoment'),
    gradient: addWeightDecay(raw, theta, graph.constant(decay, parameterDims(sizes))),
    learningRate: scalar('learningRate'),
    firstCorrection: scalar('firstCorrection'),
    secondCorrection: scalar('secondCorrection'),
  });
  graph.output('loss', loss);
  graph.output('nextTheta', next.theta);
  graph.output('nextFirstMoment', next.firstMoment);
  graph.output('nextSecondMoment', next.secondMoment);
  return { model: writeModel(graph, { lowering }), chance };
}

/** Inputs x [N,features], theta [P] and, for `draws`, the noise of the uncertain weights. Output: scores [N]. */
export function scoringModel(sizes: MabnSizes, kind: 'mean' | 'draws'): MabnModel {
  const graph = new Graph();
  const chance: ChanceInput[] = [];
  const x = graph.input('x', plain([axisDim('x', 0), sizes.features]));
  const tensors = tensorsOf(graph.input('theta', plain(parameterDims(sizes))), sizes);
  const scores = mabn(x, sizes, {
    tensor: (name) => tensors.get(name) as Value,
    noise(name, dims) {
      if (kind === 'mean') return null;
      const input = { name: `normal ${name}`, kind: 'normal', dims } as const;
      chance.push(input);
      return graph.input(input.name, plain(dims));
    },
    uniform: () => null,
  });
  graph.output('scores', scores);
  return { model: writeModel(graph, { lowering }), chance };
}
