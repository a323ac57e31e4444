/** @file Numbers as people read them: units always, digits that the error allows. */

export const percent = (fraction: number): string => `${(100 * fraction).toFixed(1)} %`;
export const millions = (count: number): string => `${(count / 1e6).toFixed(2)} M`;
export const thousands = (count: number): string => `${(count / 1e3).toFixed(1)} k`;
export const milliseconds = (value: number): string => `${value.toFixed(3)} ms`;

/** 75 → "1:15". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** Element at fraction q of the sorted values, by the nearest rank. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

/** Rounded up at the third decimal, so that a limit made of a measurement still admits it. */
export const roundedUp = (value: number): number => Math.ceil(value * 1000 - 1e-9) / 1000;
