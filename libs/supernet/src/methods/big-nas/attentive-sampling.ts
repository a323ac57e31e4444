/** @file Random children drawn by cost, and the best or worst of several kept: training attends to the Pareto front. */
import type { Rng } from '@sextant/common';
import {
  choices,
  decode,
  encode,
  macs,
  sample,
  type Architecture,
  type Encoding,
  type SearchSpace,
} from '@sextant/search-space';

export interface CostBin {
  /** Fraction of uniform draws whose MACs fall into the bin. */
  readonly probability: number;
  /** p(value of a choice | bin), one row for each choice. */
  readonly conditional: readonly (readonly number[])[];
  /** Architectures of the bin that stand in where drawing by choices keeps missing it. */
  readonly members: readonly Encoding[];
}

export interface CostBins {
  readonly space: SearchSpace;
  /** Bin of an architecture: round(MACs / width). */
  readonly width: number;
  readonly bins: ReadonlyMap<number, CostBin>;
}

const membersKept = 16;
const triesPerDraw = 100;

const binOf = (space: SearchSpace, width: number, architecture: Architecture): number =>
  Math.round(macs(space, architecture) / width);

/**
 * Bins of `width` MACs with p(bin) and p(choice | bin), counted over `draws` uniform architectures.
 * @see Wang et al. 2021, AttentiveNAS, arXiv:2011.09011 §4.1 — Differs: counted when training starts, not shipped as a file
 */
export function countCostBins(
  space: SearchSpace,
  width: number,
  draws: number,
  rng: Rng,
): CostBins {
  const byBin = new Map<number, Encoding[]>();
  for (let draw = 0; draw < draws; draw++) {
    const architecture = sample(space, rng);
    const bin = binOf(space, width, architecture);
    const members = byBin.get(bin);
    const encoding = encode(space, architecture);
    if (members) members.push(encoding);
    else byBin.set(bin, [encoding]);
  }
  const all = choices(space);
  const entries = [...byBin].sort(([a], [b]) => a - b);
  const bins = entries.map(([bin, members]) => {
    const conditional = all.map(({ values }, at) => {
      const counts = values.map(() => 0);
      for (const encoding of members) {
        const index = encoding[at] as number;
        counts[index] = (counts[index] as number) + 1;
      }
      return counts.map((count) => count / members.length);
    });
    const probability = members.length / draws;
    return [bin, { probability, conditional, members: members.slice(0, membersKept) }] as const;
  });
  return { space, width, bins: new Map(bins) };
}

/** An index drawn with the given probabilities. */
function categorical(probabilities: readonly number[], rng: Rng): number {
  let left = rng.uniform();
  const at = probabilities.findIndex((probability) => (left -= probability) < 0);
  return at < 0 ? probabilities.length - 1 : at;
}

/**
 * `count` architectures of one bin, which is drawn from p(bin): each choice from p(choice | bin), again until the MACs are
 * the bin's, at most 100 times, then one that was counted there.
 * @see Wang et al. 2021, AttentiveNAS, arXiv:2011.09011 eq. 7
 */
export function drawOfOneCost(
  { space, width, bins }: CostBins,
  count: number,
  rng: Rng,
): readonly Architecture[] {
  const numbers = [...bins.keys()];
  const weights = [...bins.values()].map(({ probability }) => probability);
  const bin = numbers[categorical(weights, rng)] as number;
  const { conditional, members } = bins.get(bin) as CostBin;
  return Array.from({ length: count }, () => {
    for (let attempt = 0; attempt < triesPerDraw; attempt++) {
      const drawn = decode(
        space,
        conditional.map((row) => categorical(row, rng)),
      );
      if (binOf(space, width, drawn) === bin) return drawn;
    }
    return decode(space, rng.choice(members));
  });
}
