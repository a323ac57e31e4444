/** @file What the part of one method hands over: figures for the line, tables for the page. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { meanInterval, type Interval } from '@sextant/statistics';

export interface Part {
  /** The keys of the method in the printed line, each with its 95 % interval, and whatever explains them. */
  readonly figures: Readonly<Record<string, unknown>>;
  /** Markdown, as in docs/methods.md. */
  readonly tables: readonly string[];
}

export type Preset = 'quick' | 'full';
export const preset: Preset = process.argv[2] === 'quick' ? 'quick' : 'full';

const storedRuns = '.sextant/bench/methods';
const isResumed = process.argv[3] === 'resume';

/**
 * What a run of these settings, which must be all that it depends on beside the program, came to: computed and stored, or with `--resume` read where an earlier bench that was cut
 * off stored it.
 */
export async function storedRun<T>(settings: object, compute: () => Promise<T>): Promise<T> {
  const key = createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 16);
  const file = `${storedRuns}/${key}.json`;
  if (isResumed && existsSync(file)) {
    return (JSON.parse(readFileSync(file, 'utf8')) as { readonly run: T }).run;
  }
  const run = await compute();
  mkdirSync(storedRuns, { recursive: true });
  writeFileSync(file, JSON.stringify({ settings, run }));
  return run;
}

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
