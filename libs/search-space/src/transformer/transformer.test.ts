import { InvalidArchitectureError, InvalidSearchSpaceError, rng } from '@sextant/common';
import { describe, expect, it } from 'vitest';
import {
  decodeTransformer,
  encodeTransformer,
  parseTransformerSpace,
  sampleTransformer,
  transformerChoices,
  transformerHash,
  transformerMacs,
  transformerParams,
  transformerSpaces,
} from '.';

const tiny = transformerSpaces['autoformer-tiny'];
const fashion = transformerSpaces['vit-fashion-mnist-v1'];

describe('a space of vision transformers', () => {
  it.each([tiny, fashion])('decodes what it encodes ($name)', (space) => {
    expect(parseTransformerSpace(space)).toEqual(space);
    const draw = rng(1);
    for (let at = 0; at < 50; at++) {
      const architecture = sampleTransformer(space, draw);
      const encoding = encodeTransformer(space, architecture);
      expect(decodeTransformer(space, encoding)).toEqual(architecture);
    }
  });

  it('gives blocks that are not there one name', () => {
    const zeros = transformerChoices(fashion).map(() => 0);
    const absent = zeros.map((_, at) => Number(at === zeros.length - 1));
    const [a, b] = [decodeTransformer(fashion, zeros), decodeTransformer(fashion, absent)];
    expect(transformerHash(fashion, a)).toBe(transformerHash(fashion, b));
    expect(encodeTransformer(fashion, b)).toEqual(zeros);
  });

  it('costs what a layer by layer count gives', () => {
    const blocks = [
      { heads: 2, mlpRatio: 3 },
      { heads: 4, mlpRatio: 1 },
    ];
    const [t, d] = [49, 32];
    const projections = 4 * t * d * (32 + 64);
    const attention = 2 * t * t * (32 + 64);
    const mlps = 2 * t * d * (96 + 32);
    const architecture = { embedding: d, blocks };
    expect(transformerMacs(fashion, architecture)).toBe(
      t * 16 * d + projections + attention + mlps + d * 10,
    );
    const perBlock = (a: number, m: number) =>
      4 * d + 3 * (d + 1) * a + (a + 1) * d + (d + 1) * m + (m + 1) * d;
    expect(transformerParams(fashion, architecture)).toBe(
      16 * d + d + t * d + 2 * d + 33 * 10 + perBlock(32, 96) + perBlock(64, 32),
    );
  });

  it('of AutoFormer’s tiny supernet spans the 1.3 to 2.0 GMACs that ShiftNAS divides into bins', () => {
    const corner = (last: boolean) =>
      decodeTransformer(
        tiny,
        transformerChoices(tiny).map(({ values }) => (last ? values.length - 1 : 0)),
      );
    expect(transformerMacs(tiny, corner(false))).toBeLessThan(1.3e9);
    expect(transformerMacs(tiny, corner(true))).toBeGreaterThan(2e9);
  });

  it('refuses what it does not hold', () => {
    expect(() => parseTransformerSpace({ ...fashion, patch: 5, heads: [] })).toThrow(
      InvalidSearchSpaceError,
    );
    expect(() => encodeTransformer(fashion, { embedding: 33, blocks: [] })).toThrow(
      InvalidArchitectureError,
    );
    expect(() => decodeTransformer(fashion, [0])).toThrow(/indices/);
  });
});
