/** @file Training MABN from labelled architectures, the same bits for the same seed. */
import { NonFiniteError, rng, ShapeError, InsufficientDataError, type Rng } from '@sextant/common';
import { adamCorrections, cosineDecay, Session } from '@sextant/engine';
import { ChancePool } from './chance-pool';
import { trainingModel, type MabnTraining } from './mabn-graphs';
import { mabnTensors, type MabnSizes } from './mabn-sizes';

export interface MabnSettings extends MabnTraining {
  /** Architectures a step; all of them where there are fewer. */
  readonly batchSize: number;
  readonly steps: number;
  /** At the first step; a cosine leads to 0. */
  readonly learningRate: number;
  /** Networks trained from different first weights, whose scores are averaged. */
  readonly members: number;
}

export interface LabelledRows {
  /** [n,features], row-major. */
  readonly rows: Float32Array;
  /** Standardised targets [n]. */
  readonly targets: Float32Array;
}

export interface RunOptions {
  readonly seed: number;
  readonly threads: number;
  /** Checked before each step. */
  readonly signal?: AbortSignal;
}

/** Fewer labels have no order to learn from. */
export const fewestLabels = 4;

function firstWeights(sizes: MabnSizes, draw: Rng): Float32Array {
  const tensors = mabnTensors(sizes);
  const theta = new Float32Array(tensors.reduce((sum, { size }) => sum + size, 0));
  for (const { name, offset, size, start } of tensors) {
    const own = draw.fork(name);
    for (let at = offset; at < offset + size; at++) {
      theta[at] = 'constant' in start ? start.constant : start.uniform * (2 * own.uniform() - 1);
    }
  }
  return theta;
}

/** Endless batches: every epoch a new order of all rows; what does not fill a batch waits for the next order. */
function* batches({ rows, targets }: LabelledRows, width: number, batch: number, draw: Rng) {
  const all = [...targets.keys()];
  for (let epoch = 0; ; epoch++) {
    const order = draw.fork(epoch).shuffle(all);
    for (let first = 0; first + batch <= order.length; first += batch) {
      const picked = order.slice(first, first + batch);
      const x = new Float32Array(batch * width);
      picked.forEach((row, at) => x.set(rows.subarray(row * width, (row + 1) * width), at * width));
      yield { x, y: Float32Array.from(picked, (row) => targets[row] as number) };
    }
  }
}

/**
 * Parameters of `members` networks, each trained by Adam on batches of `rows`.
 * @throws {InsufficientDataError} fewer than 4 labels
 * @throws {ShapeError} rows are not as long as the sizes' features
 * @throws {NonFiniteError} the loss is NaN or infinite
 */
export async function trainMabn(
  data: LabelledRows,
  sizes: MabnSizes,
  settings: MabnSettings,
  options: RunOptions,
): Promise<readonly Float32Array[]> {
  const count = data.targets.length;
  if (count < fewestLabels) {
    throw new InsufficientDataError(
      `${count} labels, at least ${fewestLabels} are needed to learn an order`,
    );
  }
  if (data.rows.length !== count * sizes.features) {
    throw new ShapeError(`${data.rows.length} features are not ${count} rows of ${sizes.features}`);
  }
  const batch = Math.min(settings.batchSize, count);
  const { model, chance } = trainingModel(sizes, settings, batch);
  const session = await Session.create(model, { threads: options.threads, optimization: 'all' });
  try {
    const draw = rng(options.seed, 'mabn');
    const pool = new ChancePool(chance, draw.fork('pool'));
    const members: Float32Array[] = [];
    for (let member = 0; member < settings.members; member++) {
      const own = draw.fork('member').fork(member);
      members.push(
        await trainMember(session, pool, data, { sizes, settings, batch, options, draw: own }),
      );
    }
    return members;
  } finally {
    await session.release();
  }
}

interface MemberRun {
  readonly sizes: MabnSizes;
  readonly settings: MabnSettings;
  readonly batch: number;
  readonly options: RunOptions;
  readonly draw: Rng;
}

async function trainMember(
  session: Session,
  pool: ChancePool,
  data: LabelledRows,
  { sizes, settings, batch, options, draw }: MemberRun,
): Promise<Float32Array> {
  let theta = firstWeights(sizes, draw.fork('weights'));
  const dims = [theta.length];
  let [firstMoment, secondMoment] = [
    new Float32Array(theta.length),
    new Float32Array(theta.length),
  ];
  const rate = cosineDecay(settings.learningRate, settings.steps);
  const chance = draw.fork('chance');
  const stream = batches(data, sizes.features, batch, draw.fork('order'));
  for (let step = 0; step < settings.steps; step++) {
    options.signal?.throwIfAborted();
    const { x, y } = stream.next().value as { x: Float32Array; y: Float32Array };
    const { first, second } = adamCorrections(step + 1);
    const scalar = (value: number) => ({ data: Float32Array.of(value), dims: [] });
    const results = await session.run({
      x: { data: x, dims: [batch, sizes.features] },
      y: { data: y, dims: [batch] },
      theta: { data: theta, dims },
      firstMoment: { data: firstMoment, dims },
      secondMoment: { data: secondMoment, dims },
      learningRate: scalar(rate(step)),
      firstCorrection: scalar(first),
      secondCorrection: scalar(second),
      ...pool.feeds(chance),
    });
    const loss = results['loss']?.data[0] as number;
    if (!Number.isFinite(loss)) {
      throw new NonFiniteError(`the loss is ${loss} at step ${step}; lower learningRate`);
    }
    theta = results['nextTheta']?.data as Float32Array<ArrayBuffer>;
    firstMoment = results['nextFirstMoment']?.data as Float32Array<ArrayBuffer>;
    secondMoment = results['nextSecondMoment']?.data as Float32Array<ArrayBuffer>;
  }
  return theta;
}
