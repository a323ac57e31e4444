/** @file What an agent says it measured, before it is believed: one that lies or errs must not spoil a profile. */
import type { Violation } from '@sextant/common';

export interface ClaimedLatency {
  /** ms. */
  readonly value: number;
  readonly p10: number;
  readonly p90: number;
  /** Timed runs. */
  readonly n: number;
}

export interface KnownOfDevice {
  /** Of the model that was measured. */
  readonly macs: number;
  /** Interval that the profile's latency model predicts, ms; null where there is no model. */
  readonly predicted: { readonly lower: number; readonly upper: number } | null;
  /** What the version holds already, ms. */
  readonly others: { readonly count: number; readonly smallest: number; readonly largest: number };
}

const fewestRuns = 50;
/** ms; a run of nothing at all takes microseconds, and nobody serves a model that takes longer. */
const shortest = 1e-4;
const longest = 1e6;
/** No single device reaches 10^16 MACs a second. */
const mostMacsPerMs = 1e13;
/** A value may leave the predicted interval by this factor. */
const predictedFactor = 4;
/** A value may leave the range of the others by this factor, once there are enough of them. */
const othersFactor = 50;
const enoughOthers = 8;
const widestSpread = 20;

/**
 * Every reason not to believe it; empty where there is none. `pointer` points into the result.
 */
export function implausibilities(claim: ClaimedLatency, known: KnownOfDevice): Violation[] {
  const { value, p10, p90, n } = claim;
  const { macs, predicted, others } = known;
  const checks: readonly (readonly [boolean, string, string])[] = [
    [n >= fewestRuns, 'n', `${n} runs are fewer than ${fewestRuns}`],
    [
      p10 > 0 && p10 <= value && value <= p90,
      'value',
      `${value} is not between p10 ${p10} and p90 ${p90}`,
    ],
    [
      value >= shortest && value <= longest,
      'value',
      `${value} ms is not within ${shortest} and ${longest} ms`,
    ],
    [
      p90 <= widestSpread * p10,
      'p90',
      `p90 is over ${widestSpread} times p10: the machine was doing something else`,
    ],
    [
      macs <= mostMacsPerMs * value,
      'value',
      `${macs} MACs in ${value} ms is faster than any device`,
    ],
    [
      predicted === null ||
        (value >= predicted.lower / predictedFactor && value <= predicted.upper * predictedFactor),
      'value',
      `${value} ms is over ${predictedFactor} times off the interval predicted for this device, ${predicted?.lower} to ${predicted?.upper} ms`,
    ],
    [
      others.count < enoughOthers ||
        (value >= others.smallest / othersFactor && value <= others.largest * othersFactor),
      'value',
      `${value} ms is over ${othersFactor} times off all ${others.count} others of this version, ${others.smallest} to ${others.largest} ms`,
    ],
  ];
  return checks
    .filter(([isFine]) => !isFine)
    .map(([, field, message]) => ({ pointer: `/latencyMs/${field}`, message }));
}
