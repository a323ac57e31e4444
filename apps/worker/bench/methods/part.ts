/** @file What the part of one method hands over: figures for the line, tables for the page. */
import { meanInterval, type Interval } from '@sextant/statistics';

export interface Part {
  /** The keys of the method in the printed line, each with its 95 % interval, and whatever explains them. */
  readonly figures: Readonly<Record<string, unknown>>;
  /** Markdown, as in docs/methods.md. */
  readonly tables: readonly string[];
}

export type Preset = 'quick' | 'full';
export const preset: Preset = process.argv[2] === 'quick' ? 'quick' : 'full';

/** Over seeds; of one seed only the value, without an interval. */
export const overSeeds = (values: readonly number[]): Interval | { readonly value: number } =>
  values.length > 1 ? meanInterval(values) : { value: values[0] as number };

export function inWords(interval: ReturnType<typeof overSeeds>, digits = 1): string {
  const value = interval.value.toFixed(digits);
  if (!('lower' in interval)) return value;
  return `${value} (${interval.lower.toFixed(digits)} to ${interval.upper.toFixed(digits)})`;
}

export function markdownTable(
  title: string,
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = line(header.map(() => '---'));
  return [title, '', line(header), rule, ...rows.map(line)].join('\n');
}

export const finish = (part: Part): void => console.log(JSON.stringify(part));
