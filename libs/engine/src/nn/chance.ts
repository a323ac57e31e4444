/** @file Uniform numbers that a caller draws for a graph, so that a run with the same generator repeats exactly. */
import type { Rng } from '@sextant/common';

const float32Steps = 2 ** 24;

/**
 * Fills `out` with uniforms in [0, 1), multiples of 2⁻²⁴: exact in float32, where a rounded 53-bit draw could become 1.
 * Takes one draw of `rng` per element, in order.
 */
export function fillUniform(out: Float32Array, rng: Rng): Float32Array {
  for (let at = 0; at < out.length; at++) {
    out[at] = Math.floor(rng.uniform() * float32Steps) / float32Steps;
  }
  return out;
}
