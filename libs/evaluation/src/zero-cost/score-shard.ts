/** @file One shard: its architectures scored in order, each handed over as soon as it is. */
import type { Lowerings } from '@sextant/engine';
import type { ScoredArchitecture, SearchBy, StopReason } from '@sextant/contracts';
import {
  cellFamily,
  mbconvFamily,
  nasBench201Cifar10,
  openScorer,
  type ArchitectureScores,
  type Scorer,
} from '@sextant/proxies';
import { decode, type Cell, type Encoding } from '@sextant/search-space';
import type { SearchDataset } from '../ports';
import { resolveSpace } from '../request';
import { batchesFor, requireProxies } from './require-scorable';
import { scoringBatches } from './scoring-batches';
import { cellSpaceName, scorableSpace } from './scorable-space';

export interface ShardInput {
  readonly spec: SearchBy<'zero-cost'>;
  readonly dataset: SearchDataset;
  readonly encodings: readonly Encoding[];
  /** Ids that are stored already. */
  readonly done: ReadonlySet<string>;
  readonly threads: number;
  readonly lowerings: Lowerings;
}

export interface ShardPorts {
  onScored(architecture: ScoredArchitecture): Promise<void>;
  /** Lets messages in between two architectures, and says whether to stop. */
  stopRequested(): Promise<StopReason | null>;
}

export type ShardOutcome =
  | { readonly kind: 'done'; readonly scored: number }
  | { readonly kind: 'stopped'; readonly reason: StopReason };

/**
 * Scores what is not done. Each score is a function of (spec, data, architecture) and the number of threads: neither the
 * shard nor what was scored before matters, so any division among workers gives the same numbers.
 * @throws {NasError} the shard cannot go on; a proxy that fails on a network is a result, not an error
 */
export async function scoreShard(input: ShardInput, ports: ShardPorts): Promise<ShardOutcome> {
  const { spec, dataset, encodings, done } = input;
  const space = scorableSpace(spec.space);
  const image = { ...dataset, classes: dataset.classes.length };
  const scorers = openScorers(input);
  let scored = 0;
  try {
    for (const encoding of encodings) {
      const described = space.describe(encoding, image);
      if (done.has(described.id)) continue;
      const reason = await ports.stopRequested();
      if (reason) return { kind: 'stopped', reason };
      const scores = await scorers.score(described.encoding);
      await ports.onScored({ ...described, encoding: [...described.encoding], ...tableOf(scores) });
      scored += 1;
    }
    return { kind: 'done', scored };
  } finally {
    await scorers.release();
  }
}

function openScorers(input: ShardInput): Pick<Scorer<Encoding>, 'score' | 'release'> {
  return input.spec.space === cellSpaceName ? cellScorer(input) : mbconvScorers(input);
}

const settings = ({ spec, dataset, threads, lowerings }: ShardInput, side: number) => {
  const { proxies: asked, batchSize: size } = spec.method.options;
  const proxies = requireProxies(asked);
  const drawn = { count: batchesFor(proxies), size, seed: spec.seed };
  const batches = scoringBatches(dataset, drawn, side);
  return { proxies, batches, seed: spec.seed, threads, lowerings };
};

/** The benchmark's network, on the images of the search. */
function cellScorer(input: ShardInput): Scorer<Cell> {
  const { channels: inChannels, height, width, classes } = input.dataset;
  const sizes = { ...nasBench201Cifar10, inChannels, height, width, classes: classes.length };
  return openScorer({ family: cellFamily(sizes), ...settings(input, height) });
}

/** One for each resolution: an architecture sees images of its own size. */
function mbconvScorers(input: ShardInput): Pick<Scorer<Encoding>, 'score' | 'release'> {
  const space = resolveSpace(input.spec.space);
  const family = mbconvFamily(space);
  const opened = new Map<number, Scorer<Parameters<typeof family.imageOf>[0]>>();
  return {
    score(encoding) {
      const architecture = decode(space, encoding);
      const side = architecture.resolution;
      const scorer = opened.get(side) ?? openScorer({ family, ...settings(input, side) });
      opened.set(side, scorer);
      return scorer.score(architecture);
    },
    async release() {
      for (const scorer of opened.values()) await scorer.release();
    },
  };
}

/** A failure has a code in place of its value. */
function tableOf({
  scores,
  failures,
  nodes,
}: ArchitectureScores): Pick<ScoredArchitecture, 'scores' | 'nodes'> {
  return {
    scores: Object.fromEntries<ScoredArchitecture['scores'][string]>([
      ...Object.entries(scores).map(([name, value]) => [name, { value, failure: null }] as const),
      ...Object.entries(failures).map(
        ([name, { code }]) => [name, { value: null, failure: code }] as const,
      ),
    ]),
    nodes: Object.fromEntries(
      Object.entries(nodes).map(([name, values]) => [name, base64Float64(values)]),
    ),
  };
}

/** Little-endian, whatever the machine; SynFlow's products leave the range of float32. */
function base64Float64(values: Float64Array): string {
  const bytes = new DataView(new ArrayBuffer(8 * values.length));
  values.forEach((value, at) => bytes.setFloat64(8 * at, value, true));
  return Buffer.from(bytes.buffer).toString('base64');
}
