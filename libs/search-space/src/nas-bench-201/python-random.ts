/** @file CPython's `random`, as far as published benchmark orders depend on it. Never a source of our own draws. */

const stateWords = 624;
const middleWord = 397;

/** Knuth's multiplicative seeding of all 624 words. */
function initGenrand(seed: number): Uint32Array {
  const words = new Uint32Array(stateWords);
  words[0] = seed;
  for (let at = 1; at < stateWords; at++) {
    const before = words[at - 1] as number;
    words[at] = Math.imul(1812433253, before ^ (before >>> 30)) + at;
  }
  return words;
}

/** MT19937's `init_by_array`: how CPython seeds from an integer, given as 32-bit words, lowest first. */
function initByArray(key: readonly number[]): Uint32Array {
  const words = initGenrand(19650218);
  let [at, keyAt] = [1, 0];
  const mixed = (factor: number): number => {
    const before = words[at - 1] as number;
    return (words[at] as number) ^ Math.imul(before ^ (before >>> 30), factor);
  };
  const step = (): void => {
    if (++at < stateWords) return;
    words[0] = words[stateWords - 1] as number;
    at = 1;
  };
  for (let left = Math.max(stateWords, key.length); left > 0; left--) {
    words[at] = mixed(1664525) + (key[keyAt] as number) + keyAt;
    keyAt = (keyAt + 1) % key.length;
    step();
  }
  for (let left = stateWords - 1; left > 0; left--) {
    words[at] = mixed(1566083941) - at;
    step();
  }
  words[0] = 0x80000000;
  return words;
}

function twist(words: Uint32Array): void {
  for (let at = 0; at < stateWords; at++) {
    const joined =
      ((words[at] as number) & 0x80000000) |
      ((words[(at + 1) % stateWords] as number) & 0x7fffffff);
    const far = words[(at + middleWord) % stateWords] as number;
    words[at] = far ^ (joined >>> 1) ^ (joined & 1 ? 0x9908b0df : 0);
  }
}

function temper(word: number): number {
  let y = word;
  y ^= y >>> 11;
  y ^= (y << 7) & 0x9d2c5680;
  y ^= (y << 15) & 0xefc60000;
  return (y ^ (y >>> 18)) >>> 0;
}

export interface PythonRandom {
  /** `bits` random bits as an integer, 1..32. */
  getRandomBits(bits: number): number;
  /** A shuffled copy, in the order `random.shuffle` leaves. */
  shuffle<T>(items: readonly T[]): T[];
}

/**
 * The generator after `random.seed(seed)` of Python 3.2 or later; seed an integer in 0..2³²−1.
 * @see Matsumoto & Nishimura 1998, Mersenne Twister, doi:10.1145/272991.272995 — mt19937ar.c
 * @see CPython Lib/random.py — `_randbelow_with_getrandbits`, `shuffle`
 */
export function pythonRandom(seed: number): PythonRandom {
  const words = initByArray([seed >>> 0]);
  let next = stateWords;
  const getRandomBits = (bits: number): number => {
    if (next === stateWords) {
      twist(words);
      next = 0;
    }
    return temper(words[next++] as number) >>> (32 - bits);
  };
  const below = (n: number): number => {
    const bits = 32 - Math.clz32(n);
    let value = getRandomBits(bits);
    while (value >= n) value = getRandomBits(bits);
    return value;
  };
  return {
    getRandomBits,
    shuffle(items) {
      const copy = [...items];
      for (let last = copy.length - 1; last > 0; last--) {
        const other = below(last + 1);
        const held = copy[last] as (typeof copy)[number];
        copy[last] = copy[other] as (typeof copy)[number];
        copy[other] = held;
      }
      return copy;
    },
  };
}
