import { CheckpointCorruptError } from '@sextant/common';
import { describe, expect, it } from 'vitest';
import { decodeState, encodeState, requireVectors } from './training-state';

const state = {
  step: 4,
  vectors: { theta: Float32Array.of(1, Number.NaN, -0), history: new Float32Array(0) },
};
const bytes = encodeState('big-nas', state);

describe('a training state as bytes', () => {
  it('comes back bit for bit, at any alignment', () => {
    expect(decodeState('big-nas', bytes)).toEqual(state);
    expect(decodeState('big-nas', Buffer.concat([Buffer.of(0), bytes]).subarray(1))).toEqual(state);
  });

  it('is refused where it is none, of another method, or cut short', () => {
    const refused = (given: Uint8Array, method = 'big-nas') =>
      expect(() => decodeState(method, given)).toThrow(CheckpointCorruptError);
    refused(Uint8Array.of(1, 2, 3));
    refused(bytes.subarray(0, bytes.length - 1));
    refused(bytes, 'other');
  });

  it('is refused where a vector is missing or of another space', () => {
    const stored = decodeState('big-nas', bytes);
    expect(requireVectors(stored, { theta: 3, history: null })).toBe(stored);
    expect(() => requireVectors(stored, { theta: 4 })).toThrow(/holds 3 numbers of theta/);
    expect(() => requireVectors(stored, { velocity: 3 })).toThrow(/holds no numbers of velocity/);
  });
});
