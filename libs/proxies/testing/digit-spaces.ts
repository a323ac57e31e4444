/** @file Two small spaces of networks for 8×8 digits, of inverted residuals and of transformers, and labelled samples of them. */
import { rng } from '@sextant/common';
import { portableLowerings } from '@sextant/engine';
import type { TransformerChoices } from '@sextant/networks';
import { encode, sample, type SearchSpace } from '@sextant/search-space';
import {
  mbconvFamily,
  openScorer,
  parzcProxies,
  sequenceFeatures,
  transformerFamily,
  type ArchitectureFeatures,
  type NetworkFamily,
} from '../src';
import {
  batchOf,
  trainedAccuracy,
  type readDigits,
  type TrainingSettings,
} from './trained-accuracy';

export const digitMbconv: SearchSpace = {
  family: 'mbconv',
  name: 'digits-inverted-residuals',
  input: { channels: 1 },
  classes: 10,
  activation: 'relu6',
  resolution: [8],
  stem: { width: [8], stride: 1 },
  stages: [
    {
      ...{ width: [8, 16], depth: [1, 2], kernel: [3, 5], expansion: [1, 2, 4] },
      ...{ stride: 1, squeezeExcite: false },
    },
    {
      ...{ width: [8, 16, 32], depth: [1, 2, 3], kernel: [3, 5], expansion: [1, 2, 4] },
      ...{ stride: 2, squeezeExcite: false },
    },
  ],
  perBlock: ['kernel', 'expansion'],
  shortcut: 'identity',
  head: { type: 'plain', width: [16] },
  divisor: 8,
};

export const digitTransformers: TransformerChoices = {
  ...{ classes: 10, patch: 2, headSize: 4, embedding: [8, 16, 32], depth: [1, 2, 3, 4] },
  ...{ heads: [1, 2, 4], mlpRatio: [1, 2, 4] },
};

export interface LabelledNetwork {
  readonly features: ArchitectureFeatures;
  readonly accuracy: number;
}

interface Drawn<A> {
  readonly family: NetworkFamily<A>;
  readonly architectures: readonly A[];
  readonly encodingOf: (architecture: A) => readonly number[];
}

/** Different architectures, drawn by one seed. */
function different<A>(count: number, draw: (at: number) => A): A[] {
  const found = new Map<string, A>();
  for (let at = 0; found.size < count; at++) {
    const architecture = draw(at);
    found.set(JSON.stringify(architecture), architecture);
  }
  return [...found.values()];
}

export const drawnMbconv = (count: number): Drawn<ReturnType<typeof sample>> => ({
  family: mbconvFamily(digitMbconv),
  architectures: different(count, (at) => sample(digitMbconv, rng(3, 'mbconv').fork(at))),
  encodingOf: (architecture) => encode(digitMbconv, architecture),
});

export function drawnTransformers(count: number) {
  const { embedding, depth, heads, mlpRatio } = digitTransformers;
  const most = Math.max(...depth);
  return {
    family: transformerFamily(digitTransformers, { channels: 1, height: 8, width: 8 }),
    architectures: different(count, (at) => {
      const own = rng(3, 'transformers').fork(at);
      const blocks = Array.from({ length: own.choice(depth) }, () => ({
        heads: own.choice(heads),
        mlpRatio: own.choice(mlpRatio),
      }));
      return { embedding: own.choice(embedding), blocks };
    }),
    encodingOf: ({
      embedding: width,
      blocks,
    }: {
      embedding: number;
      blocks: readonly { heads: number; mlpRatio: number }[];
    }) => [
      width,
      ...Array.from({ length: most }, (_, at) => blocks[at] ?? { heads: 0, mlpRatio: 0 }).flatMap(
        (block) => [block.heads, block.mlpRatio],
      ),
    ],
  };
}

/** Every architecture scored at initialisation by what ParZC reads, and trained. */
export async function labelledNetworks<A>(
  { family, architectures, encodingOf }: Drawn<A>,
  data: ReturnType<typeof readDigits>,
  settings: TrainingSettings,
): Promise<LabelledNetwork[]> {
  const batch = batchOf(
    data.train,
    Array.from({ length: 32 }, (_, at) => at),
  );
  const scorer = openScorer({
    ...{ family, proxies: [...parzcProxies, 'params', 'macs'] as const, batches: [batch] },
    ...{ seed: 1, threads: 1, lowerings: portableLowerings },
  });
  const scored = [];
  for (const architecture of architectures) {
    const { scores, failures, nodes } = await scorer.score(architecture);
    const failed = Object.keys(failures).map((name) => [name, Number.NaN]);
    scored.push({
      scores: { ...scores, ...Object.fromEntries(failed) } as Record<string, number>,
      nodes: nodes as Record<string, Float64Array>,
      accuracy: await trainedAccuracy(family, architecture, data, settings),
      encoding: encodingOf(architecture),
    });
  }
  await scorer.release();
  const counts = scored.flatMap(({ nodes }) => Object.values(nodes).map(({ length }) => length));
  const most = Math.max(...counts);
  return scored.map(({ scores: { params, macs, ...scores }, nodes, encoding, accuracy }) => {
    const known = { paramCount: params!, macs: macs!, encoding };
    return { features: sequenceFeatures(known, { scores, nodes }, most), accuracy };
  });
}
