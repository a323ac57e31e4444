/** @file Random numbers drawn once and read at random places: training wants more of them than drawing each would leave time for. */
import type { Rng } from '@sextant/common';
import { fillUniform, type Tensor } from '@sextant/engine';
import type { ChanceInput } from './mabn-graphs';

const smallestPool = 2 ** 17;

const longest = (inputs: readonly ChanceInput[], kind: ChanceInput['kind']): number =>
  Math.max(
    0,
    ...inputs
      .filter((input) => input.kind === kind)
      .map(({ dims }) => dims.reduce((a, b) => a * b, 1)),
  );

/**
 * Feeds for random inputs. A run's numbers are a stretch of a pool at a place drawn for that run and input, so they are as good as
 * independent within a run and nearly so between runs, at one draw an input instead of one a number.
 */
export class ChancePool {
  private readonly pools: Readonly<Record<ChanceInput['kind'], Float32Array>>;

  constructor(
    private readonly inputs: readonly ChanceInput[],
    rng: Rng,
  ) {
    const sized = (kind: ChanceInput['kind']): Float32Array => {
      const needed = longest(inputs, kind);
      return new Float32Array(needed === 0 ? 0 : Math.max(smallestPool, 2 * needed));
    };
    const draw = rng.fork('normal');
    this.pools = {
      normal: sized('normal').map(() => draw.normal()),
      uniform: fillUniform(sized('uniform'), rng.fork('uniform')),
    };
  }

  feeds(rng: Rng): Record<string, Tensor> {
    return Object.fromEntries(
      this.inputs.map(({ name, kind, dims }) => {
        const pool = this.pools[kind];
        const size = dims.reduce((a, b) => a * b, 1);
        const start = rng.int(pool.length - size + 1);
        return [name, { data: pool.subarray(start, start + size), dims }];
      }),
    );
  }
}
