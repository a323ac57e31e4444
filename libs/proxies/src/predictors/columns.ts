/** @file Scores as columns that a model can read: heavy tails by their logarithm, failures at the bottom. */
import { InsufficientDataError, ShapeError, ValidationError } from '@sextant/common';
import type { ArchitectureFeatures } from './architecture-features';

/** How one score becomes a column; JSON. */
interface ScoreColumn {
  readonly name: string;
  /** Sign of what the logarithm is taken of; 0: the score as it is. */
  readonly logOf: 1 | -1 | 0;
  /** Stands for scores that failed, and for those whose logarithm there is none of: the least of the training set. */
  readonly least: number;
}

export interface ScoreColumns {
  readonly columns: readonly ScoreColumn[];
}

const cost = (name: 'macs' | 'paramCount') => (of: ArchitectureFeatures) => of[name];
const scoreOf = (name: string): ((of: ArchitectureFeatures) => number) =>
  name === 'macs' || name === 'paramCount' ? cost(name) : (of) => of.scores[name] ?? Number.NaN;

/** Values this many times apart are read by their logarithm. */
const wideRange = 20;

function columnOf(name: string, values: readonly number[]): ScoreColumn {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return { name, logOf: 0, least: 0 };
  const sign = finite.every((value) => value > 0) ? 1 : finite.every((value) => value < 0) ? -1 : 0;
  const magnitudes = finite.map(Math.abs);
  const isWide = Math.max(...magnitudes) > wideRange * Math.min(...magnitudes);
  const logOf = isWide ? sign : 0;
  const read = finite.map((value) => readAs(value, logOf));
  return { name, logOf, least: Math.min(...read) };
}

const readAs = (value: number, logOf: ScoreColumn['logOf']): number =>
  logOf === 0 ? value : logOf * Math.log(logOf * value);

/** How MACs, parameters and every score become columns, decided on the training set. @throws {InsufficientDataError} it is empty */
export function scoreColumns(training: readonly ArchitectureFeatures[]): ScoreColumns {
  const [first] = training;
  if (!first) throw new InsufficientDataError('no labelled architectures to learn from');
  const names = ['macs', 'paramCount', ...Object.keys(first.scores)];
  return {
    columns: names.map((name) => columnOf(name, training.map(scoreOf(name)))),
  };
}

/** One row of score columns. */
export function scoreRow(of: ArchitectureFeatures, { columns }: ScoreColumns): number[] {
  return columns.map(({ name, logOf, least }) => {
    const value = readAs(scoreOf(name)(of), logOf);
    return Number.isFinite(value) ? value : least;
  });
}

/** @throws {ShapeError} encodings differ in length */
export function requireEqualEncodings(all: readonly ArchitectureFeatures[], length: number): void {
  const odd = all.find(({ encoding }) => encoding.length !== length);
  if (odd)
    throw new ShapeError(`an encoding of ${odd.encoding.length} numbers among ones of ${length}`);
}

/** @throws {ValidationError} one label for each architecture is needed, and each a finite number */
export function requireLabels(features: readonly unknown[], labels: ArrayLike<number>): void {
  if (features.length !== labels.length) {
    throw new ValidationError(`${labels.length} labels for ${features.length} architectures`);
  }
  const at = Array.from(labels).findIndex((label) => !Number.isFinite(label));
  if (at >= 0) throw new ValidationError(`label ${at} is ${labels[at]}, expected a finite number`);
}
