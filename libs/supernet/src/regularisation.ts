/** @file Dropout and stochastic depth of one network, by uniforms that are one input of its graph. */
import { dropout, dropPath, plain, reshape, slice, type Graph, type Value } from '@sextant/engine';
import type { BlockSizes, NetworkSizes } from '@sextant/networks';

export interface Regularisation {
  /** Of the classifier's input. */
  readonly dropout: number;
  /** Of residual branches of the last two stages, at the last block; 0 at the first of the network, linear between. */
  readonly dropConnect: number;
}

export const none: Regularisation = { dropout: 0, dropConnect: 0 };

/** Name of the input of uniforms. */
export const chanceInput = 'chance';

const stagesDropped = 2;

/** How often each residual branch is dropped, by block number; 0: never. */
function branchRates({ blocks }: NetworkSizes, { dropConnect }: Regularisation): readonly number[] {
  const stages = (blocks.at(-1)?.stage ?? -1) + 1;
  return blocks.map(({ stage, hasShortcut }, at) =>
    hasShortcut && stage >= stages - stagesDropped ? (dropConnect * (at + 1)) / blocks.length : 0,
  );
}

/** Uniforms one run takes: N for each branch that may be dropped, then N·F for the classifier's F inputs. */
export function chanceLength(
  sizes: NetworkSizes,
  batchSize: number,
  regularisation: Regularisation,
): number {
  const branches = branchRates(sizes, regularisation).filter((rate) => rate > 0).length;
  const features = regularisation.dropout > 0 ? classifierInputs(sizes) : 0;
  return batchSize * (branches + features);
}

const classifierInputs = ({ headChannels, blocks, stem }: NetworkSizes): number =>
  (headChannels ?? blocks.at(-1)?.outChannels ?? stem.outChannels) as number;

export interface Regularisers {
  /** [N,C,H,W] → the same: the branch of a block that is added to its shortcut. */
  branch(y: Value, block: BlockSizes): Value;
  /** [N,F] → the same. */
  features(x: Value): Value;
}

/**
 * Regularisers of a network of known sizes; the graph gains the input `chance` where any acts.
 * @see Yu et al. 2020, BigNAS, arXiv:2003.11142 §3.3 — of the biggest child only
 * @see Wang et al. 2021, AttentiveNAS, arXiv:2011.09011 — stochastic depth of the last two stages
 */
export function regularisers(
  graph: Graph,
  sizes: NetworkSizes,
  batchSize: number,
  regularisation: Regularisation,
): Regularisers {
  const length = chanceLength(sizes, batchSize, regularisation);
  if (length === 0) return { branch: (y) => y, features: (x) => x };
  const uniform = graph.input(chanceInput, plain([length]));
  const rates = branchRates(sizes, regularisation);
  const dropped = sizes.blocks.filter((_, at) => (rates[at] as number) > 0);
  return {
    branch(y, block) {
      const at = dropped.indexOf(block);
      if (at < 0) return y;
      const survival = 1 - (rates[sizes.blocks.indexOf(block)] as number);
      return dropPath(y, slice(uniform, [at * batchSize], [batchSize]), survival);
    },
    features(x) {
      if (regularisation.dropout === 0) return x;
      const dims = x.type.dims as readonly number[];
      const size = dims.reduce((a, b) => a * b, 1);
      const mask = reshape(slice(uniform, [dropped.length * batchSize], [size]), dims);
      return dropout(x, mask, regularisation.dropout);
    },
  };
}
