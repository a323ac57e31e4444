import { portableLowerings, probeLowerings } from '@sextant/engine';
import { describe, expect, it } from 'vitest';
import { scoresOf, separateCells, smallCells } from '../../testing';
import type { ArchitectureScores } from './scorer';
import { proxyNames, zeroCostProxies, type ProxyName } from './zero-cost-proxies';

const lowerings = [portableLowerings, await probeLowerings()];

/** Every operation; every result is read. */
const cells = [
  [3, 2, 1, 4, 3, 2],
  [1, 0, 3, 2, 0, 4],
];

/** The sign of a gradient that vanishes is that of its rounding error; so is the deviation of one that is equal in both batches. */
const tolerances: Partial<Record<ProxyName, number>> = { grad_sign: 0.05, zico: 5e-3 };
const toleranceOf = (name: ProxyName): number => tolerances[name] ?? 1e-3;

const expectClose = (a: ArchitectureScores, b: ArchitectureScores): void => {
  expect(a.layers).toEqual(b.layers);
  expect(Object.keys(a.failures)).toEqual(Object.keys(b.failures));
  for (const name of proxyNames) {
    const [mine, theirs] = [a.scores[name], b.scores[name]];
    if (mine === undefined || theirs === undefined) continue;
    expect(Math.abs(mine - theirs), name).toBeLessThan(
      toleranceOf(name) * Math.max(1e-6, Math.abs(theirs)),
    );
    // One graph for all cells has the maps that no ReLU of this one reads as well.
    if (zeroCostProxies[name].nodeOf === 'activation') continue;
    const [x, y] = [a.nodes[name] ?? [], b.nodes[name] ?? []];
    const scale = Math.max(1e-9, ...y.map(Math.abs));
    x.forEach((value, at) =>
      expect(Math.abs(value - y[at]!) / scale, `${name} of ${a.layers[at]}`).toBeLessThan(
        2 * toleranceOf(name),
      ),
    );
  }
};

/** Proxies by the pass they need. */
const byPass: readonly (readonly ProxyName[])[] = [
  ['params', 'macs', 'l2_norm', 'synflow', 'flow'],
  ['grad_norm', 'plain', 'snip', 'fisher', 'jacob_cov', 'epe_nas', 'nwot', 'zico'],
  ['agreement', 'effective_rank', 'power', 'input_gradient', 'input_correlation', 'logit_spread'],
  ['grasp'],
  ['grad_sign'],
  ['zen', 'swap', 'meco'],
  ['az_expressivity', 'az_progressivity', 'az_trainability'],
];

describe('one graph for all cells', () => {
  it('is tested by every proxy', () => {
    expect(byPass.flat().sort()).toEqual([...proxyNames].sort());
  });

  it.each(byPass.map((proxies) => [proxies.join(', '), proxies] as const))(
    'scores as a graph for each does: %s',
    async (_, proxies) => {
      const apart = await scoresOf({ family: separateCells, proxies }, cells);
      for (const each of lowerings) {
        const together = await scoresOf({ family: smallCells, proxies, lowerings: each }, cells);
        together.forEach((scores, at) => expectClose(scores, apart[at]!));
      }
    },
    120_000,
  );

  it('scores alike in any order, and twice', async () => {
    const proxies = byPass[1]!;
    const [first, , last] = await scoresOf({ family: smallCells, proxies }, [...cells, cells[0]!]);
    expect(last).toEqual(first);
  });
});
