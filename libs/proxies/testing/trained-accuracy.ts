/** @file Real labels at small cost: a network trained from scratch for some hundred steps on 8×8 digits, judged on others. */
import { rng } from '@sextant/common';
import { numbers, readTable } from '@sextant/common/testing';
import {
  adam,
  adamCorrections,
  crossEntropy,
  gradient,
  plain,
  portableLowerings,
  Session,
  writeModel,
  type Graph,
  type Value,
} from '@sextant/engine';
import { assemble, type Subject } from '../src/zero-cost/network/assemble';
import { describeNetwork } from '../src/zero-cost/network/describe-network';
import { frameworkDefault, initialTensors } from '../src/zero-cost/network/initial-weights';
import type { NetworkFamily } from '../src/zero-cost/network/network-family';
import { oneHot } from '../src/zero-cost/passes/feeds';

export const digitsTable = 'digits/digits.csv.gz';
const [side, classes, trainCount] = [8, 10, 1000];

export interface Digits {
  /** [N,1,8,8] around 0. */
  readonly images: Float32Array;
  readonly labels: readonly number[];
}

/** The first 1,000 of one random order, and the other 797. */
export function readDigits(): { readonly train: Digits; readonly test: Digits } {
  const rows = rng(1, 'digits').shuffle(readTable(digitsTable));
  const labels = numbers(rows, 'label');
  const of = (from: number, to: number): Digits => ({
    labels: labels.slice(from, to),
    images: Float32Array.from(
      rows
        .slice(from, to)
        .flatMap((row) => Array.from({ length: side ** 2 }, (_, at) => Number(row[`p${at}`]) / 8 - 1)), // prettier-ignore
    ),
  });
  return { train: of(0, trainCount), test: of(trainCount, rows.length) };
}

export const batchOf = ({ images, labels }: Digits, at: readonly number[]): Digits => ({
  labels: at.map((i) => labels[i]!),
  images: Float32Array.from(
    at.flatMap((i) => Array.from(images.subarray(i * side ** 2, (i + 1) * side ** 2))),
  ),
});

export interface TrainingSettings {
  readonly steps: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
}

const lowering = portableLowerings.known;
const inputOf = (graph: Graph, name: string): Value =>
  graph.inputs.find((it) => it.name === name)!.value;

/** One step of Adam, as `mabn-graphs`. */
function trainingModel<A>(subject: Subject<A>, batchSize: number): Uint8Array {
  const instruments = () => ({ norm: 'batch' }) as const;
  const { graph, logits } = assemble(subject, { batchSize, instruments });
  const theta = inputOf(graph, 'theta');
  const loss = crossEntropy(logits, graph.input('targets', plain([batchSize, classes])));
  const vector = (name: string): Value => graph.input(name, theta.type);
  const scalar = (name: string): Value => graph.input(name, plain([]));
  const next = adam({
    theta,
    firstMoment: vector('firstMoment'),
    secondMoment: vector('secondMoment'),
    gradient: gradient(loss, [theta])[0]!,
    learningRate: scalar('learningRate'),
    firstCorrection: scalar('firstCorrection'),
    secondCorrection: scalar('secondCorrection'),
  });
  for (const [name, value] of Object.entries(next)) graph.output(name + "'", value);
  return writeModel(graph, { lowering });
}

async function trained<A>(
  subject: Subject<A>,
  data: Digits,
  { steps, batchSize, learningRate, seed }: TrainingSettings,
): Promise<Float32Array> {
  const session = await Session.create(trainingModel(subject, batchSize), {
    threads: 1,
    optimization: 'all',
  });
  const { total } = subject.description.layout;
  const vector = (values: Float32Array) => ({ data: values, dims: [total] });
  const scalar = (value: number) => ({ data: Float32Array.of(value), dims: [] });
  const draw = rng(seed, 'training');
  let theta = initialTensors(subject.description, frameworkDefault, draw.fork('weights'));
  let [firstMoment, secondMoment] = [new Float32Array(total), new Float32Array(total)];
  const order = Array.from({ length: data.labels.length }, (_, at) => at);
  for (let step = 0; step < steps; step++) {
    const batch = batchOf(data, draw.fork(step).shuffle(order).slice(0, batchSize));
    const { first, second } = adamCorrections(step + 1);
    const rate = (learningRate * (1 + Math.cos((Math.PI * step) / steps))) / 2;
    const results = await session.run({
      images: { data: batch.images, dims: [batchSize, 1, side, side] },
      targets: oneHot(batch.labels, classes),
      theta: vector(theta),
      ...{ firstMoment: vector(firstMoment), secondMoment: vector(secondMoment) },
      ...{ learningRate: scalar(rate) },
      ...{ firstCorrection: scalar(first), secondCorrection: scalar(second) },
    });
    [theta, firstMoment, secondMoment] = ['theta', 'firstMoment', 'secondMoment'].map(
      (name) => results[`${name}'`]!.data as Float32Array<ArrayBuffer>,
    ) as [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>];
  }
  await session.release();
  return theta;
}

/** Share of the test digits told right, normalisations by their own statistics. */
async function accuracy<A>(subject: Subject<A>, theta: Float32Array, test: Digits) {
  const count = test.labels.length;
  const instruments = () => ({ norm: 'batch' }) as const;
  const { graph, logits } = assemble(subject, { batchSize: count, instruments });
  graph.output('logits', logits);
  const session = await Session.create(writeModel(graph, { lowering }), {
    threads: 1,
    optimization: 'all',
  });
  const results = await session.run({
    images: { data: test.images, dims: [count, 1, side, side] },
    theta: { data: theta, dims: [theta.length] },
  });
  await session.release();
  const values = results['logits']!.data as Float32Array;
  const right = test.labels.filter((label, n) => {
    const own = Array.from(values.subarray(n * classes, (n + 1) * classes));
    return own.indexOf(Math.max(...own)) === label;
  });
  return right.length / count;
}

export async function trainedAccuracy<A>(
  family: NetworkFamily<A>,
  architecture: A,
  { train, test }: { readonly train: Digits; readonly test: Digits },
  settings: TrainingSettings,
): Promise<number> {
  const description = describeNetwork(family.imageOf(architecture), (x, parts) =>
    family.build(x, architecture, parts),
  );
  const subject = { family, architecture, description };
  return accuracy(subject, await trained(subject, train, settings), test);
}
