/** @file Which children of a ShiftNAS supernet to evaluate: what its generator decides on, cost by cost. */
import type { Rng } from '@sextant/common';
import { fillUniform } from '@sextant/engine';
import { familyOf, type AnyArchitecture, type AnySpace } from '../../families';
import type { Proposal, Scored } from '../method';
import { takeNew } from '../take-new';
import { binTarget } from './cost-bins';
import { costScaleOf, policyWidth } from './generator';
import { GeneratorSampler } from './generator-sessions';
import { generatorShape, type ShiftNasSettings } from './trainer';

/** Draws are looked at again after this many evaluations. */
const drawnBatch = 8;
const runsBeforeGivingUp = 40;
const uniformDraws = 200;

/**
 * First the likeliest architecture of every bin and of the MACs limit, then draws of the generator for bins in turn, then,
 * where it has nothing new or was never trained, uniform draws.
 * @see Zhang et al. 2023, ShiftNAS §3.4 — Differs: the paper takes the likeliest one alone
 */
export async function propose(
  proposal: Proposal<ShiftNasSettings, AnySpace>,
  evaluated: readonly Scored<AnyArchitecture>[],
  rng: Rng,
): Promise<readonly AnyArchitecture[]> {
  const { space, settings, limits, budget } = proposal;
  const left = budget - evaluated.length;
  if (left <= 0) return [];
  const family = familyOf(space);
  const take = takeNew(family, limits, evaluated);
  if (settings.sampler !== 'op-uniform') {
    const generated = await fromGenerator(proposal, evaluated.length === 0, rng, (candidates) =>
      take(candidates, evaluated.length === 0 ? left : Math.min(left, drawnBatch)),
    );
    if (generated.length > 0) return generated;
  }
  const draws = Array.from({ length: uniformDraws }, () => family.sample(rng));
  return take(draws, Math.min(left, drawnBatch));
}

async function fromGenerator(
  { space, settings, state, limits, threads, lowerings }: Proposal<ShiftNasSettings, AnySpace>,
  isFirst: boolean,
  rng: Rng,
  take: (candidates: readonly AnyArchitecture[]) => readonly AnyArchitecture[],
): Promise<readonly AnyArchitecture[]> {
  const family = familyOf(space);
  const shape = generatorShape(family, settings);
  const { min, max } = costScaleOf(family);
  const limit = ((limits.maxMacs ?? max) - min) / Math.max(1, max - min);
  const ofBins = Array.from({ length: settings.bins }, (_, bin) => binTarget(bin, settings.bins));
  const targets = [...ofBins.filter((target) => target <= limit), Math.min(1, Math.max(0, limit))];
  const rowTargets = (first: number): number[] =>
    Array.from(
      { length: shape.rows },
      (_, row) => targets[(first + row) % targets.length] as number,
    );
  const generator = state.vectors['generator'] as Float32Array;
  const sampler = await GeneratorSampler.create(shape, { threads, lowerings });
  try {
    const found: AnyArchitecture[] = [];
    for (let run = 0; run < runsBeforeGivingUp; run++) {
      const asked = rowTargets(run * shape.rows);
      const isLikeliest = isFirst && run * shape.rows < targets.length;
      if (isFirst && !isLikeliest && found.length > 0) break;
      const uniform = fillUniform(
        new Float32Array(shape.rows * policyWidth(family)),
        rng.fork('generator').fork(run),
      );
      const drawn = isLikeliest
        ? await sampler.likeliest(generator, asked)
        : await sampler.draw(generator, { targets: asked, uniform });
      found.push(...take(drawn.encodings.map((encoding) => family.decode(encoding))));
      if (!isFirst && found.length > 0) break;
    }
    return found;
  } finally {
    await sampler.release();
  }
}
