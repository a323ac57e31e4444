/**
 * @file usage: parity.child FOLDER SEED THREADS. Writes what a training run starts from into FOLDER, trains one network of
 * known sizes, and prints its test accuracy as one JSON line.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { rng } from '@sextant/common';
import { probeLowerings, Session } from '@sextant/engine';
import { maxArchitecture, networkShape, searchSpaces } from '@sextant/search-space';
import { exportModel } from '../src/child-models';
import { calibrate, countCorrect, predict } from '../src/evaluate-child';
import { EpochOrder, gather } from '../src/image-batches';
import { learningRateAt } from '../src/methods/big-nas/schedule';
import { smoothedLabels } from '../src/methods/big-nas/targets';
import { initialWeights, parameterLayout } from '@sextant/networks';
import { trainModel } from '../src/train-graph';
import { updateModel } from '../src/update';

const [folder = '', seedText = '', threadsText = ''] = process.argv.slice(2);
const [seed, threads] = [Number(seedText), Number(threadsText)];
const [batchSize, epochs, labelSmoothing, calibrationImages] = [64, 4, 0.1, 2560];
const schedule = { learningRate: 0.1, learningRateFloor: 0.05 };
const update = { optimizer: 'sgd', momentum: 0.9, gradientClip: 1, weightDecay: 1e-4 } as const;

/** Contents of an IDX file of the shipped subset, without the header of 4 + 4·rank bytes. */
function shipped(name: string, rank: number): Uint8Array {
  const file = path.resolve('libs/datasets/data/fashion-mnist-subset', `${name}.idx.gz`);
  return Uint8Array.from(gunzipSync(readFileSync(file)).subarray(4 + 4 * rank));
}
const part = (name: string) => {
  const labels = shipped(`${name}-labels`, 1);
  return { count: labels.length, images: shipped(`${name}-images`, 3), labels };
};
const dataset = {
  ...{ channels: 1, height: 28, width: 28, mean: [0.286], standardDeviation: [0.353] },
  train: part('train'),
  test: part('test'),
};
const space = searchSpaces['mbconv-fashion-mnist-v1'];
const architecture = maxArchitecture(space);
const layout = parameterLayout(space);
const first = initialWeights(layout, rng(seed, 'weights'));
const order = new EpochOrder(dataset.train.count, batchSize, rng(seed, 'order'));
const totalSteps = epochs * order.stepsPerEpoch;
const steps = Array.from({ length: totalSteps }, (_, step) => ({
  batch: order.batchAt(step),
  rate: learningRateAt(step, totalSteps, schedule),
}));

const save = (name: string, data: Uint8Array | Int32Array | Float32Array | string): void =>
  writeFileSync(path.join(folder, name), data);
const { train, test, height, width, channels, mean, standardDeviation } = dataset;
save('weights.f32', first);
save('batches.i32', Int32Array.from(steps.flatMap(({ batch }) => [...batch])));
save('train-images.u8', train.images);
save('train-labels.u8', train.labels);
save('test-images.u8', test.images);
save('test-labels.u8', test.labels);
save(
  'run.json',
  JSON.stringify({
    ...{ batchSize, labelSmoothing, calibrationImages, ...update },
    ...{ height, width, channels, mean, standardDeviation },
    rates: steps.map(({ rate }) => rate),
    tensors: layout.parameters.map(({ name, dims, offset }) => ({ name, dims, offset })),
    stemStride: space.stem.stride,
    blocks: networkShape(space, architecture).blocks,
  }),
);

const options = { threads, optimization: 'none' } as const;
const { known } = await probeLowerings();
const pass = await Session.create(
  trainModel(space, layout, dataset, batchSize, { lowering: known, architecture }),
  options,
);
const descent = await Session.create(updateModel(layout, update), options);
const dims = [layout.total];
let [theta, velocity, loss] = [first, new Float32Array(layout.total), Number.NaN];
const none = new Float32Array(layout.total);
for (const { batch, rate } of steps) {
  const { images, labels } = gather(train, batch, width);
  const { loss: lossNow, gradients } = await pass.run({
    image: { data: images, dims: [batchSize, channels, height, width] },
    targets: {
      data: smoothedLabels(labels, space.classes, labelSmoothing),
      dims: [batchSize, space.classes],
    },
    theta: { data: theta, dims },
    gradientSum: { data: none, dims },
  });
  loss = lossNow?.data[0] as number;
  const next = await descent.run({
    theta: { data: theta, dims },
    velocity: { data: velocity, dims },
    gradients: { data: gradients?.data as Float32Array, dims },
    learningRate: { data: Float32Array.of(rate), dims: [] },
  });
  theta = next['next theta']?.data as Float32Array<ArrayBuffer>;
  velocity = next['next velocity']?.data as Float32Array<ArrayBuffer>;
}
const child = { space, architecture, layout, theta };
const statistics = await calibrate(child, train, dataset, calibrationImages, threads);
const predictions = await predict(
  exportModel(child, dataset, statistics, {}),
  test,
  dataset,
  threads,
);
console.log(
  JSON.stringify({ accuracy: countCorrect(predictions, test.labels) / test.count, loss }),
);
