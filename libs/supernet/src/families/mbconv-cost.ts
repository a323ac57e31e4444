/** @file MACs of inverted residual networks as a form of one-hot decisions. */
import { add, mul, type Graph, type Value } from '@sextant/engine';
import { choices, makeDivisible, squeezeWidth, type SearchSpace } from '@sextant/search-space';
import type { Policy } from './family';
import { PolicyForm } from './policy-form';

const sumOf = (terms: readonly Value[]): Value => terms.reduce((total, term) => add(total, term));
const productOf = (factors: readonly Value[]): Value =>
  factors.reduce((product, factor) => mul(product, factor));

/** Sizes of the maps after the stem and after the first block of each stage, by resolution. */
function sizeAfter({ stem, stages }: SearchSpace, stage: number): (resolution: number) => number {
  const strides = [stem.stride, ...stages.slice(0, stage + 1).map(({ stride }) => stride)];
  return (resolution) => strides.reduce<number>((size, s) => Math.ceil(size / s), resolution);
}

/**
 * `macs` / unit as a form, [N,1]: Σ over layers of products of the sizes that decisions give, those of absent blocks
 * times 0. For spaces that can be trained (`requireTrainable`).
 */
export function mbconvCost(
  space: SearchSpace,
  graph: Graph,
  policy: Policy,
  rows: number,
  unit: number,
): Value {
  const form = new PolicyForm(graph, policy, rows, choices(space));
  const pixels = (stage: number): Value =>
    form.linear('resolution', (resolution) => sizeAfter(space, stage)(resolution) ** 2 / unit);
  const stem = mul(
    form.linear('stem.width', (width) => 9 * space.input.channels * width),
    pixels(-1),
  );
  const stages = space.stages.flatMap((stage, at) =>
    Array.from({ length: stage.depth.at(-1) as number }, (_, block) =>
      blockCost(space, form, { stage: at, block, pixels, unit }),
    ),
  );
  const last = `stages.${space.stages.length - 1}.width`;
  const hasHead = space.head.width.length > 0;
  const head = hasHead
    ? [
        mul(
          form.bilinear(last, 'head.width', (from, to) => from * to),
          pixels(space.stages.length - 1),
        ),
      ]
    : [];
  const classifier = form.linear(
    hasHead ? 'head.width' : last,
    (width) => (width * space.classes) / unit,
  );
  return sumOf([stem, ...stages, ...head, classifier]);
}

interface Slot {
  readonly stage: number;
  readonly block: number;
  readonly pixels: (stage: number) => Value;
  readonly unit: number;
}

function blockCost(
  space: SearchSpace,
  form: PolicyForm,
  { stage: at, block, pixels, unit }: Slot,
): Value {
  const stage = space.stages[at] as SearchSpace['stages'][number];
  const field = (name: 'kernel' | 'expansion'): string =>
    space.perBlock.includes(name) ? `stages.${at}.blocks.${block}.${name}` : `stages.${at}.${name}`;
  const before = at === 0 ? 'stem.width' : `stages.${at - 1}.width`;
  const width = `stages.${at}.width`;
  const from = block === 0 ? before : width;
  const hasExpansion = !stage.expansion.includes(1);
  const midOf = (c: number, t: number): number =>
    hasExpansion ? makeDivisible(Math.round(c * t), space.divisor) : c;
  const ofMid = (f: (mid: number, from: number) => number): Value =>
    form.bilinear(from, field('expansion'), (c, t) => f(midOf(c, t), c));

  const [inPixels, outPixels] = [pixels(block === 0 ? at - 1 : at), pixels(at)];
  const expand = hasExpansion
    ? [
        mul(
          ofMid((mid, c) => c * mid),
          inPixels,
        ),
      ]
    : [];
  const depthwise = mul(
    mul(
      ofMid((mid) => mid),
      form.linear(field('kernel'), (k) => k * k),
    ),
    outPixels,
  );
  // The width of a later block is also that of its input: one decision, so one table.
  const project =
    block === 0
      ? mul(
          ofMid((mid) => mid),
          form.linear(width, (out) => out),
        )
      : ofMid((mid, c) => mid * c);
  const squeeze = stage.squeezeExcite ? [ofMid((mid) => (2 * mid * squeezeWidth(mid)) / unit)] : [];
  const cost = sumOf([...expand, depthwise, mul(project, outPixels), ...squeeze]);
  const always = block < (stage.depth[0] as number);
  if (always) return cost;
  return productOf([form.linear(`stages.${at}.depth`, (depth) => Number(depth > block)), cost]);
}
