/** @file An architecture's node statistics as one vector of fixed length. */
import { ShapeError, ValidationError } from '@sextant/common';
import type { NodeSpace } from './node-space';

/**
 * (v − min)/(max − min) over one proxy's nodes of one architecture: only the profile over depth is left. NaN counts as 0;
 * zeros where all are equal. Shapes: [n] → [n], in [0, 1].
 */
export function minMaxProfile(values: ArrayLike<number>): Float64Array {
  const finite = Float64Array.from(values, (value) => (Number.isNaN(value) ? 0 : value));
  const [low, high] = [
    finite.reduce((a, b) => Math.min(a, b), Infinity),
    finite.reduce((a, b) => Math.max(a, b), -Infinity),
  ];
  const range = high - low;
  return finite.map((value) => (range > 0 && Number.isFinite(range) ? (value - low) / range : 0));
}

/**
 * log(|v| + 10⁻¹²) of each node that has a weight to speak of, 0 elsewhere: the profile with its scale. NaN counts as absent.
 * Differs: not ParZC's; its min–max makes networks of different scale alike.
 */
export const logProfile = (values: ArrayLike<number>): Float64Array =>
  Float64Array.from(values, (value) =>
    value === 0 || Number.isNaN(value) ? 0 : Math.log(Math.abs(value) + 1e-12),
  );

export const profiles = { 'min-max': minMaxProfile, log: logProfile } as const;
export type Profile = keyof typeof profiles;

/**
 * For each proxy of the space its profile, padded by zeros at the end to `maxNodes`; end to end. Shapes: [≤ maxNodes] each →
 * [proxies · maxNodes]. Scaling comes before padding, so that what is absent is no datum.
 * @throws {ShapeError} an architecture has more nodes than the space
 * @throws {ValidationError} a proxy of the space has no statistics
 * @see Dong et al. 2025, ParZC, arXiv:2402.02105 — `min-max` there
 */
export function nodeProfile(
  nodes: Readonly<Record<string, ArrayLike<number>>>,
  { proxies, maxNodes }: NodeSpace,
  profile: Profile,
): Float64Array {
  const out = new Float64Array(proxies.length * maxNodes);
  proxies.forEach((proxy, at) => {
    const values = nodes[proxy];
    if (!values) {
      throw new ValidationError(
        `no node statistics of ${proxy}; there are: ${Object.keys(nodes).join(', ') || 'none'}`,
      );
    }
    if (values.length > maxNodes) {
      throw new ShapeError(`${values.length} nodes of ${proxy}, but the space has ${maxNodes}`);
    }
    out.set(profiles[profile](values), at * maxNodes);
  });
  return out;
}
