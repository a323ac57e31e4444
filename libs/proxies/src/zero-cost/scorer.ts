/** @file Scores of architectures by several proxies: passes are shared, and opened once where one graph holds all. */
import { messageOf, NasError, rng, ValidationError } from '@sextant/common';
import type { Lowerings } from '@sextant/engine';
import type { ParameterLayout } from '@sextant/networks';
import type { Subject } from './network/assemble';
import { describeFamily, type Layer, type NetworkDescription } from './network/describe-network';
import { frameworkDefault, initialTensors, type Initialisation } from './network/initial-weights';
import type { NetworkFamily } from './network/network-family';
import { batchFeed, type LabelledBatch } from './passes/feeds';
import type { Collector, PassContext } from './passes/pass';
import { planFor } from './plan';
import type { ZeroCostProxy } from './define-proxy';
import type { Quantities } from './quantities';
import { zeroCostProxies, type ProxyName } from './zero-cost-proxies';

export interface ScorerOptions<A> {
  readonly family: NetworkFamily<A>;
  readonly proxies: readonly ProxyName[];
  /** Normalised images of the family's size with labels; every architecture sees the same ones. */
  readonly batches: readonly LabelledBatch[];
  /** Of weights and of random data: the same for every architecture. */
  readonly seed: number;
  readonly threads: number;
  readonly lowerings: Lowerings;
  /** θ in place of the seed's draw of the frameworks' default; other initialisations are drawn all the same. */
  readonly weights?: (layout: ParameterLayout) => Float32Array;
}

/** Why a proxy has no score for a network. */
export interface ProxyFailure {
  readonly code: string;
  readonly message: string;
}

export interface ArchitectureScores {
  /** The proxies that gave a finite score. */
  readonly scores: Readonly<Partial<Record<ProxyName, number>>>;
  /** The others: rank them last, whatever their direction, and count them. */
  readonly failures: Readonly<Partial<Record<ProxyName, ProxyFailure>>>;
  /** Names of the convolutions and linear layers, in order: the nodes. */
  readonly layers: readonly string[];
  /** One number a layer for each proxy that has them. */
  readonly nodes: Readonly<Partial<Record<ProxyName, Float64Array>>>;
}

export interface Scorer<A> {
  score(architecture: A): Promise<ArchitectureScores>;
  release(): Promise<void>;
}

/** Passes over one network, or over all of a family that has one graph for them. */
class Opened<A> {
  private constructor(
    readonly subject: Subject<A>,
    private readonly collectors: readonly Collector<A>[],
  ) {}

  static async open<A>(options: ScorerOptions<A>, architecture: A): Promise<Opened<A>> {
    const { family, proxies } = options;
    const description = describeFamily(family, architecture);
    const subject = { family, architecture, description };
    const context = contextOf(options, architecture);
    const { passes, needs } = planFor(proxies);
    const collectors: Collector<A>[] = [];
    try {
      for (const pass of passes) collectors.push(await pass.open(subject, needs, context));
    } catch (error) {
      for (const collector of collectors) await collector.release();
      throw error;
    }
    return new Opened(subject, collectors);
  }

  /** In turn: each has the processor to itself. */
  async collect(architecture: A, layers: readonly Layer[]): Promise<Partial<Quantities>> {
    let quantities: Partial<Quantities> = {};
    for (const collector of this.collectors) {
      quantities = { ...quantities, ...(await collector.collect(architecture, layers)) };
    }
    return quantities;
  }

  async release(): Promise<void> {
    for (const collector of this.collectors) await collector.release();
  }
}

function contextOf<A>(options: ScorerOptions<A>, architecture: A): PassContext {
  const { family, batches, seed, threads, lowerings, weights } = options;
  const drawn = new Map<string, Float32Array>();
  return {
    runtime: { threads, lowering: lowerings.known },
    batch(at = 0) {
      const batch = batches[at];
      if (!batch) {
        throw new ValidationError(
          `the proxies need ${at + 1} labelled batch${at ? 'es' : ''}, got ${batches.length}`,
        );
      }
      return batchFeed(batch, family.imageOf(architecture));
    },
    theta(description: NetworkDescription, how: Initialisation) {
      const known = drawn.get(how.name);
      if (known) return known;
      const isGiven = weights && how === frameworkDefault;
      const theta = isGiven
        ? weights(description.layout)
        : initialTensors(description, how, rng(seed, 'weights'));
      drawn.set(how.name, theta);
      return theta;
    },
    rng: (purpose) => rng(seed, purpose),
  };
}

/** The proxies of one network whose quantities have been collected. */
function evaluateAll(
  names: readonly ProxyName[],
  quantities: Partial<Quantities>,
  layers: readonly Layer[],
): ArchitectureScores {
  const scores: Partial<Record<ProxyName, number>> = {};
  const failures: Partial<Record<ProxyName, ProxyFailure>> = {};
  const nodes: Partial<Record<ProxyName, Float64Array>> = {};
  for (const name of names) {
    const proxy: ZeroCostProxy = zeroCostProxies[name];
    const missing = proxy.needs.filter((need) => quantities[need] === undefined);
    if (missing.length > 0) {
      const message = `${name} needs ${missing.join(' and ')}, which this network has not`;
      failures[name] = { code: 'not-defined', message };
      continue;
    }
    try {
      const evaluation = proxy.evaluate(quantities as Quantities);
      if (evaluation.nodes) nodes[name] = evaluation.nodes;
      if (Number.isFinite(evaluation.score)) scores[name] = evaluation.score;
      else failures[name] = { code: 'non-finite', message: `${name} is ${evaluation.score}` };
    } catch (error) {
      if (!(error instanceof NasError)) throw error;
      failures[name] = { code: error.code, message: messageOf(error) };
    }
  }
  return { scores, failures, nodes, layers: layers.map(({ name }) => name) };
}

/**
 * Scores by `proxies`, whose passes are opened when first needed. A family with one graph for all its architectures is opened
 * once; of others, every architecture is opened, scored and released in turn.
 * Runs of one seed, batch and machine agree bit by bit. Numeric work blocks: use it in a process of its own.
 * @throws {ValidationError} a batch is missing or of another size; nothing is asked for
 */
export function openScorer<A>(options: ScorerOptions<A>): Scorer<A> {
  const { family, proxies } = options;
  if (proxies.length === 0) throw new ValidationError('no proxy is asked for');
  let shared: Opened<A> | null = null;
  const openFor = async (architecture: A): Promise<Opened<A>> => {
    if (!family.elastic) return Opened.open(options, architecture);
    shared ??= await Opened.open(options, architecture);
    return shared;
  };
  return {
    async score(architecture) {
      const opened = await openFor(architecture);
      try {
        const own = opened.subject.description.layers.filter(({ name }) =>
          family.has(architecture, `${name}.weight`),
        );
        return evaluateAll(proxies, await opened.collect(architecture, own), own);
      } finally {
        if (opened !== shared) await opened.release();
      }
    },
    async release() {
      await shared?.release();
      shared = null;
    },
  };
}
