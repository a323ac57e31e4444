/** @file Which weights of an inverted residual network a decision's last step added. */
import { parameterNamed, type Parameter, type ParameterLayout } from '@sextant/networks';
import {
  choices,
  makeDivisible,
  networkShape,
  type Architecture,
  type BlockShape,
  type SearchSpace,
} from '@sextant/search-space';
import type { Increment } from './family';

/** γ and β of channels `from`..`to`: their joint scale is that of what the layer hands on. */
function* scales(
  layout: ParameterLayout,
  layer: string,
  from: number,
  to: number,
): Generator<number> {
  for (const suffix of ['gamma', 'beta']) {
    const { offset } = parameterNamed(layout, `${layer}.${suffix}`);
    for (let channel = from; channel < to; channel++) yield offset + channel;
  }
}

/** The weights of the first `channels` depthwise kernels that are in k×k and not in the `inner`×`inner` of its centre. */
function* ring(
  { dims, offset }: Parameter,
  channels: number,
  k: number,
  inner: number,
): Generator<number> {
  const largest = dims[2] as number;
  const middle = (largest - 1) / 2;
  const distanceOf = (i: number): number => Math.abs(i - middle);
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < largest; row++) {
      for (let column = 0; column < largest; column++) {
        const distance = Math.max(distanceOf(row), distanceOf(column));
        if (distance > (k - 1) / 2 || distance <= (inner - 1) / 2) continue;
        yield offset + (channel * largest + row) * largest + column;
      }
    }
  }
}

/**
 * Of every decision but resolution, which owns no weights: channels by the γ and β behind them, kernels by the weights of
 * the ring they add, depth by the γ and β at the end of the blocks it adds. Values up to the chosen one, which are active.
 */
export function* mbconvIncrements(
  space: SearchSpace,
  layout: ParameterLayout,
  architecture: Architecture,
): Generator<Increment> {
  const all = choices(space);
  const at = (id: string): number => all.findIndex((choice) => choice.id === id);
  const shape = networkShape(space, architecture);

  /** Increments of a decision whose values are bounds of what `places` covers. */
  function* upTo(
    id: string,
    chosen: number,
    places: (from: number, to: number) => Iterable<number>,
    boundOf: (value: number) => number = (value) => value,
  ): Generator<Increment> {
    const decision = at(id);
    let from = 0;
    for (const [increment, value] of (all[decision]?.values ?? []).entries()) {
      if (value > chosen) return;
      yield { decision, increment, places: places(from, boundOf(value)) };
      from = boundOf(value);
    }
  }

  yield* upTo('stem.width', shape.stem.outChannels, (from, to) => scales(layout, 'stem', from, to));
  for (const block of shape.blocks) yield* ofBlock(block);
  if (architecture.headWidth !== null) {
    yield* upTo('head.width', architecture.headWidth, (from, to) =>
      scales(layout, 'head', from, to),
    );
  }

  function* ofBlock(block: BlockShape): Generator<Increment> {
    const prefix = `stages.${block.stage}`;
    const layer = `${prefix}.blocks.${block.block}`;
    const choice = architecture.stages[block.stage]?.blocks[block.block];
    const field = (name: 'kernel' | 'expansion'): string =>
      space.perBlock.includes(name) ? `${layer}.${name}` : `${prefix}.${name}`;
    yield* upTo(`${prefix}.width`, block.outChannels, (from, to) =>
      scales(layout, `${layer}.project`, from, to),
    );
    if (block.hasExpansion) {
      yield* upTo(
        field('expansion'),
        choice?.expansion ?? 0,
        (from, to) => scales(layout, `${layer}.expand`, from, to),
        (t) => makeDivisible(Math.round(block.inChannels * t), space.divisor),
      );
    }
    const kernels = parameterNamed(layout, `${layer}.depthwise.weight`);
    yield* upTo(field('kernel'), block.kernel, (from, to) =>
      ring(kernels, block.midChannels, to, from),
    );
    // A block belongs to the first depth that has it.
    const decision = at(`${prefix}.depth`);
    const increment = (all[decision]?.values ?? []).findIndex((depth) => depth > block.block);
    const places = scales(layout, `${layer}.project`, 0, block.outChannels);
    yield { decision, increment, places };
  }
}
