/** @file Counter-based randomness: a draw is a pure function of (seed, stream, counter), so a resumed run repeats it. */
import { InvalidDrawError } from './errors';

/** Everything a generator is; JSON. */
export interface RngState {
  readonly seed: number;
  readonly stream: number;
  readonly counter: number;
}

export interface Rng {
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Uniform in 0..n−1 without bias. @throws {InvalidDrawError} n is not an integer in 1..2³² */
  int(n: number): number;
  /** Standard normal, by Box–Muller; always takes four words, so later draws do not depend on its value. */
  normal(): number;
  /** One of `items`, uniformly. @throws {InvalidDrawError} there is none */
  choice<T>(items: readonly T[]): T;
  /** A shuffled copy (Fisher–Yates). */
  shuffle<T>(items: readonly T[]): T[];
  /** An independent generator for `name`, whatever has been drawn here before. */
  fork(name: string | number): Rng;
  state(): RngState;
}

const rounds = 10;

/** ⌊a·b / 2³²⌋ and a·b mod 2³² for uint32 a, b, exactly. */
function multiply(a: number, b: number): readonly [number, number] {
  const [aHigh, aLow] = [a >>> 16, a & 0xffff];
  const [bHigh, bLow] = [b >>> 16, b & 0xffff];
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >>> 16);
  const cross = aLow * bHigh + (middle & 0xffff);
  const high = aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000);
  return [high >>> 0, Math.imul(a, b) >>> 0];
}

type Words = readonly [number, number, number, number];

/**
 * Philox4x32-10: four uint32 words from a 128-bit counter and a 64-bit key.
 * @see Salmon et al. 2011, Parallel Random Numbers: As Easy as 1, 2, 3, §3.3
 */
export function philox4x32(counter: Words, key: readonly [number, number]): Words {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < rounds; round++) {
    const [high0, low0] = multiply(0xd2511f53, c0);
    const [high1, low1] = multiply(0xcd9e8d57, c2);
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** 32-bit FNV-1a of a stream name; numbers name themselves. */
function streamNumber(name: string | number): number {
  if (typeof name === 'number') return name >>> 0;
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) {
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193) >>> 0;
  }
  return hash;
}

const wordsPerBlock = 4;

function requireState({ seed, stream, counter }: RngState): void {
  const valid =
    Number.isSafeInteger(seed) &&
    seed >= 0 &&
    stream >>> 0 === stream &&
    Number.isSafeInteger(counter) &&
    counter >= 0;
  if (valid) return;
  throw new InvalidDrawError(
    `seed ${seed}, stream ${stream}, counter ${counter}: seed and counter must be integers in 0..2⁵³−1, the stream in 0..2³²−1`,
  );
}

/**
 * The generator with a given state; `counter` counts 32-bit words drawn.
 * @throws {InvalidDrawError} a number of the state is not a non-negative integer in its range
 */
export function rngFromState(state: RngState): Rng {
  requireState(state);
  const key = [state.seed >>> 0, Math.floor(state.seed / 2 ** 32) >>> 0] as const;
  let counter = state.counter;
  let block: Words = [0, 0, 0, 0];
  let blockNumber = -1;

  const word = (): number => {
    const wanted = Math.floor(counter / wordsPerBlock);
    if (wanted !== blockNumber) {
      block = philox4x32([wanted >>> 0, Math.floor(wanted / 2 ** 32), state.stream, 0], key);
      blockNumber = wanted;
    }
    return block[counter++ % wordsPerBlock] as number;
  };
  const uniform = (): number => (word() * 2 ** 21 + (word() >>> 11)) / 2 ** 53;
  const int = (n: number): number => {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32) {
      throw new InvalidDrawError(`cannot draw one of ${n}: expected an integer in 1..2³²`);
    }
    const limit = 2 ** 32 - (2 ** 32 % n);
    let value = word();
    while (value >= limit) value = word();
    return value % n;
  };

  return {
    uniform,
    int,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    choice: (items) => items[int(items.length)] as (typeof items)[number],
    shuffle(items) {
      const copy = [...items];
      for (let last = copy.length - 1; last > 0; last--) {
        const other = int(last + 1);
        const held = copy[last] as (typeof copy)[number];
        copy[last] = copy[other] as (typeof copy)[number];
        copy[other] = held;
      }
      return copy;
    },
    fork: (name) => rng(state.seed, mix(state.stream, streamNumber(name))),
    state: () => ({ seed: state.seed, stream: state.stream, counter }),
  };
}

/** Two stream numbers as one, by one Philox block, so that forks of forks do not collide by addition. */
const mix = (parent: number, child: number): number => philox4x32([parent, child, 0, 1], [0, 0])[0];

/** A generator for (seed, stream), at counter 0. @throws {InvalidDrawError} `seed` is not an integer in 0..2⁵³−1 */
export const rng = (seed: number, stream: string | number = 0): Rng =>
  rngFromState({ seed, stream: streamNumber(stream), counter: 0 });
