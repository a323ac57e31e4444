/** @file One pass over a batch, shared by networks that train alone and the supernet. */
import type { Session } from '@sextant/engine';
import { NonFiniteError } from '@sextant/common';
import { architectureInput } from '@sextant/networks';
import type { Topology } from '@sextant/search-space';
import { gatherImages } from '../../image-batches';
import type { ImageFormat } from '../../pass-graph';
import type { Images } from './evaluate-network';
import { targetInput, topologyVector } from './pass';
import type { BoundTask, Tensors } from './scene-task';

/** Images of a batch with every task's targets, as a pass takes them. */
export function batchFeeds(
  set: Images,
  tasks: readonly BoundTask[],
  format: ImageFormat,
  indices: readonly number[],
  mirror?: (position: number) => boolean,
): Tensors {
  const { channels, height, width } = format;
  const image = {
    data: gatherImages(set, indices, width, mirror),
    dims: [indices.length, channels, height, width],
  };
  const targets = tasks.flatMap((task) =>
    Object.entries(task.targets(indices, mirror)).map(
      ([name, tensor]) => [targetInput(task.name, name), tensor] as const,
    ),
  );
  return { image, ...Object.fromEntries(targets) };
}

/** Which images of a batch are mirrored: half of them, by one draw for the batch and one for each image. */
export function mirrorHalf(count: number, isWanted: boolean, draw: { uniform(): number }) {
  const mirrored = Array.from({ length: count }, () => draw.uniform() < 0.5);
  return (position: number): boolean => isWanted && mirrored[position] === true;
}

export interface PassInput {
  readonly theta: Float32Array;
  readonly batch: Tensors;
  /** Only for passes of any network. */
  readonly topology?: Topology;
  /** Only for passes with gradients. */
  readonly taskWeights?: readonly number[];
}

/**
 * Losses of all tasks, and the gradient of their weighted sum where it is asked for.
 * @throws {NonFiniteError} a loss is NaN or infinite
 */
export async function runPass(
  session: Session,
  { theta, batch, topology, taskWeights }: PassInput,
): Promise<{ readonly losses: readonly number[]; readonly gradients: Float32Array | null }> {
  const vector = topology && topologyVector(topology);
  const weights = taskWeights && Float32Array.from(taskWeights);
  const results = await session.run({
    ...batch,
    theta: { data: theta, dims: [theta.length] },
    ...(vector ? { [architectureInput]: { data: vector, dims: [vector.length] } } : {}),
    ...(weights ? { taskWeights: { data: weights, dims: [weights.length] } } : {}),
  });
  const losses = Array.from(results['losses']?.data as Float32Array);
  if (!losses.every(Number.isFinite)) {
    throw new NonFiniteError(`losses of the tasks are ${losses.join(', ')}; lower learningRate`);
  }
  return { losses, gradients: (results['gradients']?.data as Float32Array | undefined) ?? null };
}
