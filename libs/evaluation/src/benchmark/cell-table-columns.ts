/** @file Which columns of a table of cells are taken, and which values they may hold. */
import type { BenchmarkColumn, BenchmarkRefusal } from '@sextant/contracts';

export type TableKind = 'accuracies' | 'proxies';

type Description = Omit<BenchmarkColumn, 'known'>;

export interface ColumnRule {
  /** In words, for a header that has none. */
  readonly what: string;
  describe(name: string): Description | null;
  /** The number to store, or why there is none. */
  value(text: string, column: Description): number | BenchmarkRefusal;
}

/**
 * Images behind one accuracy of NAS-Bench-201: CIFAR-10 validates on half of its training images, the other two on
 * half of their test images.
 * @see Dong & Yang 2020, NAS-Bench-201, arXiv:2001.00326 — table 1
 */
const datasets = {
  c10: { id: 'cifar10', validation: 25_000, test: 10_000 },
  c100: { id: 'cifar100', validation: 5_000, test: 5_000 },
  in16: { id: 'imagenet16-120', validation: 3_000, test: 3_000 },
} as const;

const accuracyName = /^(c10|c100|in16)_(val|test)_(\d{1,4})$/;
const secondsName = /^(c10|c100|in16)_train_seconds_(\d{1,4})$/;
const proxyName = /^[a-z][a-z0-9_]{0,62}$/;

/** Published tables write a score that overflowed as a number of this size. */
const degenerateFrom = 9.9e7;

function describeAccuracy(name: string): Description | null {
  const [, short, part, epochs] = accuracyName.exec(name) ?? [];
  if (short === undefined) return describeSeconds(name);
  const dataset = datasets[short as keyof typeof datasets];
  const split = part === 'val' ? 'validation' : 'test';
  const images = dataset[split];
  return { name, kind: 'accuracy', dataset: dataset.id, split, epochs: Number(epochs), images };
}

function describeSeconds(name: string): Description | null {
  const [, short, epochs] = secondsName.exec(name) ?? [];
  if (short === undefined) return null;
  const dataset = datasets[short as keyof typeof datasets].id;
  return { name, kind: 'seconds', dataset, split: null, epochs: Number(epochs), images: null };
}

/** A decimal number; what `Number` takes beyond that (hexadecimal, blanks, Infinity) is none. */
function decimal(text: string): number | BenchmarkRefusal {
  if (text === '') return 'missing';
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : 'not-a-number';
}

/** 91.57 % is stored as .9157: twelve digits drop what the division adds. */
const fraction = (percent: number): number => Number((percent / 100).toPrecision(12));

export const columnKinds: Readonly<Record<TableKind, ColumnRule>> = {
  accuracies: {
    what: 'accuracies, such as c10_val_200: data set c10, c100 or in16, val or test, epochs',
    describe: describeAccuracy,
    value(text, { kind }) {
      const number = decimal(text);
      if (typeof number === 'string') return number;
      if (kind === 'seconds') return number > 0 ? number : 'out-of-range';
      return number >= 0 && number <= 100 ? fraction(number) : 'out-of-range';
    },
  },
  proxies: {
    what: 'scores: a-z, 0-9 and _',
    describe: (name) =>
      proxyName.test(name)
        ? { name, kind: 'proxy', dataset: null, split: null, epochs: null, images: null }
        : null,
    value(text) {
      const number = decimal(text);
      if (typeof number === 'string') return number;
      return Math.abs(number) < degenerateFrom ? number : 'degenerate';
    },
  },
};
