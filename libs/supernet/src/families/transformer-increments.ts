/** @file Which weights of a vision transformer a decision's last step added. */
import { parameterNamed, type ParameterLayout } from '@sextant/networks';
import {
  mlpWidth,
  transformerChoices,
  type TransformerArchitecture,
  type TransformerSpace,
} from '@sextant/search-space';
import type { Increment } from './family';

/** Half-open ranges of rows and columns of a matrix, or of elements of a vector. */
type Range = readonly [from: number, to: number];

function* matrix(
  layout: ParameterLayout,
  name: string,
  [firstRow, endRow]: Range,
  [firstColumn, endColumn]: Range,
): Generator<number> {
  const { dims, offset } = parameterNamed(layout, name);
  for (let row = firstRow; row < endRow; row++) {
    for (let column = firstColumn; column < endColumn; column++) {
      yield offset + row * (dims[1] as number) + column;
    }
  }
}

function* vector(layout: ParameterLayout, name: string, [from, to]: Range): Generator<number> {
  const { offset } = parameterNamed(layout, name);
  for (let at = from; at < to; at++) yield offset + at;
}

/**
 * Embedding: all that writes into the residual stream's channels; heads and MLP ratio: the columns of the block's output
 * that read what they add; depth: all that the blocks it adds write. Values up to the chosen one, which are active.
 */
export function* transformerIncrements(
  space: TransformerSpace,
  layout: ParameterLayout,
  { embedding, blocks }: TransformerArchitecture,
): Generator<Increment> {
  const all = transformerChoices(space);
  const everyPatch: Range = [0, parameterNamed(layout, 'positions.weight').dims[0] as number];
  const everyPixel: Range = [0, parameterNamed(layout, 'patches.weight').dims[1] as number];

  function* steps(
    decision: number,
    chosen: number,
    places: (range: Range) => Iterable<number>,
    boundOf: (value: number) => number,
  ): Generator<Increment> {
    let from = 0;
    for (const [increment, value] of (all[decision]?.values ?? []).entries()) {
      if (value > chosen) return;
      yield { decision, increment, places: places([from, boundOf(value)]) };
      from = boundOf(value);
    }
  }

  const attentionWidth = (heads: number): number => heads * space.headSize;
  /** What block `at` writes into the channels of `range`. */
  function* written(at: number, range: Range): Generator<number> {
    const { heads, mlpRatio } = blocks[at] as (typeof blocks)[number];
    const prefix = `blocks.${at}`;
    yield* matrix(layout, `${prefix}.attention.output.weight`, range, [0, attentionWidth(heads)]);
    yield* vector(layout, `${prefix}.attention.output.bias`, range);
    yield* matrix(layout, `${prefix}.mlp.down.weight`, range, [0, mlpWidth(embedding, mlpRatio)]);
    yield* vector(layout, `${prefix}.mlp.down.bias`, range);
  }
  function* stream(range: Range): Generator<number> {
    yield* matrix(layout, 'patches.weight', range, everyPixel);
    yield* vector(layout, 'patches.bias', range);
    yield* matrix(layout, 'positions.weight', everyPatch, range);
    for (const at of blocks.keys()) yield* written(at, range);
  }

  yield* steps(0, embedding, stream, (value) => value);
  const channels: Range = [0, embedding];
  for (const [at, { heads, mlpRatio }] of blocks.entries()) {
    const prefix = `blocks.${at}`;
    const increment = space.depth.findIndex((depth) => depth > at);
    yield { decision: 1, increment, places: written(at, channels) };
    yield* steps(
      2 + 2 * at,
      heads,
      (range) => matrix(layout, `${prefix}.attention.output.weight`, channels, range),
      attentionWidth,
    );
    yield* steps(
      3 + 2 * at,
      mlpRatio,
      (range) => matrix(layout, `${prefix}.mlp.down.weight`, channels, range),
      (ratio) => mlpWidth(embedding, ratio),
    );
  }
}
