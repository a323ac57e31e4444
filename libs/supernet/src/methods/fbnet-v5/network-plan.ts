/** @file What a network of several heads is made of, and the tensors it has. */
import { hardSwish, normActivation, pointwiseNormActivation, feature } from '@sextant/engine';
import {
  buildTopology,
  convolve,
  declaredBy,
  type ParameterLayout,
  type TopologyChoice,
  type TopologyLayers,
} from '@sextant/networks';
import type { Value } from '@sextant/engine';
import { fullTopology, type TopologySpace } from '@sextant/search-space';
import { ShapeError, ValidationError } from '@sextant/common';
import type { ImageFormat } from '../../pass-graph';
import type { TaskHead, Values } from './scene-task';

/** A space, the images it sees, and the heads that read its last stage. */
export interface NetworkPlan {
  readonly space: TopologySpace;
  readonly format: ImageFormat;
  readonly tasks: readonly TaskHead[];
}

/** Images must halve five times. */
const multiple = 32;

/** @throws {ShapeError} channels or sizes do not fit the space @throws {ValidationError} no task, or two of one name */
export function requirePlan({ space, format, tasks }: NetworkPlan): void {
  const { channels, height, width } = format;
  if (channels !== space.input.channels) {
    throw new ShapeError(
      `${space.name} takes ${space.input.channels} channels, the images have ${channels}`,
    );
  }
  if (height % multiple !== 0 || width % multiple !== 0) {
    throw new ShapeError(`images of ${width}×${height}: both must be multiples of ${multiple}`);
  }
  const names = tasks.map(({ name }) => name);
  if (names.length === 0 || new Set(names).size < names.length) {
    throw new ValidationError(`tasks need names of their own, got ${names.join(', ') || 'none'}`);
  }
}

/** Outputs of every head, in the order of the tasks. Shapes: x feature [N,C,H,W]. */
export function buildHeads(
  x: Value,
  { space, tasks }: NetworkPlan,
  choice: TopologyChoice,
  layers: TopologyLayers,
): readonly Values[] {
  const maps = buildTopology(x, space, choice, layers);
  return tasks.map((task) => task.head(maps, layers));
}

/** Normalised by the batch, as in training. */
export const trainedLayers = (tensor: TopologyLayers['tensor']): TopologyLayers => ({
  tensor,
  convNorm(x, { weight, gamma, beta }, conv) {
    const { kind, kernel, stride, inChannels, outChannels, activation } = conv;
    // Hard swish cannot be undone from its output, so it stands beside the normalisation that others are fused with.
    const fused = activation === 'hard-swish' ? 'none' : activation;
    // Statistics of the input are the cheaper ones where a 1×1 convolution widens.
    const widens =
      kind === 'dense' && kernel === 1 && stride === 1 && outChannels >= 2 * inChannels;
    const { y } = widens
      ? pointwiseNormActivation(x, weight, gamma, beta, fused)
      : normActivation(convolve(x, weight, conv), gamma, beta, fused);
    return activation === 'hard-swish' ? hardSwish(y) : y;
  },
});

/** Every tensor of the supernet and of the heads. */
export function planLayout(plan: NetworkPlan): ParameterLayout {
  requirePlan(plan);
  const { channels, height, width } = plan.format;
  return declaredBy((graph, tensor) => {
    const x = graph.input('x', feature([1, channels, height, width]));
    buildHeads(x, plan, fullTopology(plan.space), trainedLayers(tensor));
  });
}
