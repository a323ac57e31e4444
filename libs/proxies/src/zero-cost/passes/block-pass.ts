/** @file What each block makes of random features on the way forward, and of random signs on the way back. */
import {
  abs,
  flattenAll,
  gradient,
  matmul,
  maxAll,
  mul,
  plain,
  reshape,
  scale,
  sub,
  sumAll,
  toFeature,
  toPlain,
  transpose,
  type Graph,
  type Tensor,
  type Value,
} from '@sextant/engine';
import type { Rng } from '@sextant/common';
import { assemble, type Subject } from '../network/assemble';
import { kaimingNormal } from '../network/initial-weights';
import type { BlockFlow, Transport } from '../quantities';
import { channelRows, channelsOf, covarianceOf } from './channel-rows';
import { vectorFeed } from './feeds';
import { gaussianImages } from './gaussian';
import { floatsOf, openPass, type PassDeclaration } from './pass';

const batchSize = 64;

/** A map [N,C,s·h,s·w] as [N,C·s²,h,w]: PixelUnshuffle. */
function unshuffled(map: Value, s: number): Value {
  const [n, c, h, w] = map.type.dims as readonly [number, number, number, number];
  if (s === 1) return map;
  const split = reshape(toPlain(map), [n, c, h / s, s, w / s, s]);
  const moved = transpose(split, [0, 1, 3, 5, 2, 4]);
  return toFeature(reshape(moved, [n, c * s * s, h / s, w / s]));
}

interface BlockOutputs {
  readonly channels: number;
  /** [rows, columns] of A; null for the first block. */
  readonly transport: readonly [number, number] | null;
}

/** Random signs for outputs of each size that occurs, as inputs. */
class Signs {
  readonly bySize = new Map<string, { readonly name: string; readonly value: Value }>();

  constructor(private readonly graph: Graph) {}

  like(value: Value): Value {
    const dims = value.type.dims as readonly number[];
    const key = dims.join('x');
    const known = this.bySize.get(key);
    const made = known ?? {
      name: `signs ${key}`,
      value: this.graph.input(`signs ${key}`, plain(dims)),
    };
    this.bySize.set(key, made);
    return value.type.layout === 'feature' ? toFeature(made.value) : made.value;
  }
}

/** A = g_inᵀ·g_out/(n·h·w), and the largest |g_in − g_out| where both have one size (else 1). */
function transportOf(before: Value, after: Value, signs: Signs) {
  const out = signs.like(after);
  const [back] = gradient(sumAll(mul(after, out)), [before]) as readonly [Value];
  const isMap = after.type.layout === 'feature';
  const stride = isMap ? (before.type.dims[2] as number) / (after.type.dims[2] as number) : 1;
  const [left, right] = [channelRows(isMap ? unshuffled(back, stride) : back), channelRows(out)];
  const count = right.type.dims[1] as number;
  const matrix = scale(matmul(left, right, false, true), 1 / count);
  const isOneSize = before.type.dims.every((dim, at) => dim === after.type.dims[at]);
  const difference = isOneSize ? maxAll(abs(sub(back, out))) : after.graph.scalar(1);
  return { matrix, difference: reshape(difference, [1]) };
}

/**
 * Inputs: images, theta, architecture, and random signs of each size of a block's output. Outputs: `covariances` [C·C] of the stem
 * and of every block end to end; `matrices`, A of every block but the first end to end; `differences`, one for each.
 */
export function blockGraph<A>(subject: Subject<A>) {
  const outputs: Value[] = [];
  const { graph } = assemble(subject, {
    batchSize,
    instruments: () => ({ norm: 'batch' }),
    onBlock(output) {
      outputs.push(output);
      return output;
    },
  });
  const signs = new Signs(graph);
  graph.output('covariances', flattenAll(outputs.map(covarianceOf)));
  const transports = outputs
    .slice(1)
    .map((after, at) => transportOf(outputs[at] as Value, after, signs));
  if (transports.length > 0) {
    graph.output('matrices', flattenAll(transports.map(({ matrix }) => matrix)));
    graph.output('differences', flattenAll(transports.map(({ difference }) => difference)));
  }
  const blocks = outputs.map((output, at): BlockOutputs => ({
    channels: channelsOf(output),
    transport: (transports[at - 1]?.matrix.type.dims ?? null) as readonly [number, number] | null,
  }));
  return { graph, signs: signs.bySize, blocks };
}

function signsFeed(draw: Rng, { type }: Value): Tensor {
  const dims = type.dims as readonly number[];
  const length = dims.reduce((a, b) => a * b, 1);
  return { data: Float32Array.from({ length }, () => (draw.uniform() < 0.5 ? -1 : 1)), dims };
}

/** Blocks from vectors that hold them end to end. */
function blockFlows(
  blocks: readonly BlockOutputs[],
  { covariances, matrices, differences }: Readonly<Record<string, Tensor>>,
): BlockFlow[] {
  const [all, products, changes] = [covariances, matrices, differences].map(floatsOf);
  let [offset, start, at] = [0, 0, 0];
  return blocks.map(({ channels, transport }) => {
    const covariance = (all as Float32Array).subarray(offset, offset + channels ** 2);
    offset += channels ** 2;
    if (!transport) return { channels, covariance, transport };
    const [rows, columns] = transport;
    const matrix = (products as Float32Array).subarray(start, start + rows * columns);
    start += rows * columns;
    const isIdentity = changes?.[at++] === 0;
    return {
      channels,
      covariance,
      transport: { rows, columns, matrix, isIdentity } satisfies Transport,
    };
  });
}

export const blockPass: PassDeclaration = {
  gives: ['blocks'],
  async open(subject, _needs, context) {
    const { graph, signs, blocks } = blockGraph(subject);
    const pass = await openPass(subject, graph, context.runtime);
    const draw = context.rng('az-nas');
    const image = subject.family.imageOf(subject.architecture);
    const feeds = {
      images: gaussianImages(draw, batchSize, image),
      theta: vectorFeed(context.theta(subject.description, kaimingNormal)),
      ...Object.fromEntries(
        [...signs.values()].map(({ name, value }) => [name, signsFeed(draw.fork(name), value)]),
      ),
    };
    return {
      async collect(architecture) {
        return { blocks: blockFlows(blocks, await pass.run(architecture, feeds)) };
      },
      release: () => pass.release(),
    };
  },
};
