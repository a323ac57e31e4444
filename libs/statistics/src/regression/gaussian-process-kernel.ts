/** @file The kernel of the Gaussian process and the search for its hyper-parameters. */
import { Matrix } from 'ml-matrix';
import { choleskyRows, forwardSubstitution } from './cholesky';

/** Natural logarithms, so that a search step is a factor. JSON. */
export interface KernelParameters {
  /** Of a_g, the weight of the linear part, per group. */
  readonly logLinear: readonly number[];
  /** Of b_g, the inverse squared length of the Gaussian part, per group. */
  readonly logRelevance: readonly number[];
  /** Of η, noise over the variance of the Gaussian part. */
  readonly logNoise: number;
}

/** Per group, n×n row-major: mean product and mean squared difference over the group's columns. */
export interface Similarities {
  readonly size: number;
  readonly linear: readonly Float64Array[];
  readonly distance: readonly Float64Array[];
}

/** Where the search starts and what its priors are centred on; standard deviation `priorWidth` in the logarithm. */
export const priorParameters = (groups: number): KernelParameters => ({
  logLinear: new Array<number>(groups).fill(Math.log(1 / groups)),
  logRelevance: new Array<number>(groups).fill(Math.log(0.3 / groups)),
  logNoise: Math.log(0.01),
});
const priorWidth = 2;
const leastNoise = Math.log(1e-6);

export function similarities(
  rows: readonly Float64Array[],
  groups: readonly number[],
): Similarities {
  const size = rows.length;
  const sizes = groupSizes(groups);
  const linear = sizes.map(() => new Float64Array(size * size));
  const distance = sizes.map(() => new Float64Array(size * size));
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++) {
      groups.forEach((group, column) => {
        const [a, b] = [rows[i]![column]!, rows[j]![column]!];
        linear[group]![i * size + j]! += (a * b) / sizes[group]!;
        distance[group]![i * size + j]! += (a - b) ** 2 / sizes[group]!;
      });
      for (const part of [...linear, ...distance]) part[j * size + i] = part[i * size + j]!;
    }
  return { size, linear, distance };
}

const groupSizes = (groups: readonly number[]): number[] =>
  Array.from(
    { length: Math.max(...groups) + 1 },
    (_, group) => groups.filter((it) => it === group).length,
  );

/** K + ηI, positive definite. */
export function symmetricKernel(
  { size, linear, distance }: Similarities,
  parameters: KernelParameters,
): Matrix {
  const [a, b] = [parameters.logLinear.map(Math.exp), parameters.logRelevance.map(Math.exp)];
  const sum = new Float64Array(size * size);
  const exponent = new Float64Array(size * size);
  for (let g = 0; g < a.length; g++) {
    const [weight, relevance] = [a[g]!, b[g]! / 2];
    const [products, squares] = [linear[g]!, distance[g]!];
    for (let at = 0; at < sum.length; at++) {
      sum[at]! += weight * products[at]!;
      exponent[at]! += relevance * squares[at]!;
    }
  }
  const out = new Matrix(size, size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++) {
      const value = sum[i * size + j]! + Math.exp(-exponent[i * size + j]!);
      out.set(i, j, value);
      out.set(j, i, value);
    }
  // Beside η a trace of the mean variance: where the linear part is large, η alone drowns in rounding.
  const noise = noiseOf(parameters) + (1e-8 * out.trace()) / size;
  for (let i = 0; i < size; i++) out.set(i, i, out.get(i, i) + noise);
  return out;
}

/** η; floored, so that the matrix stays positive definite. */
export const noiseOf = ({ logNoise }: KernelParameters): number =>
  Math.exp(Math.max(logNoise, leastNoise));

/** k(row, known_i) of any row for every i, without noise. */
export function crossKernel(
  known: readonly Float64Array[],
  groups: readonly number[],
  parameters: KernelParameters,
): (row: Float64Array) => Float64Array {
  const sizes = groupSizes(groups);
  const weightOf = (logs: readonly number[]): Float64Array =>
    Float64Array.from(groups, (group) => Math.exp(logs[group]!) / sizes[group]!);
  const [a, b] = [weightOf(parameters.logLinear), weightOf(parameters.logRelevance)];
  return (row) => {
    const weighted = row.map((it, j) => it * a[j]!);
    const out = new Float64Array(known.length);
    for (let i = 0; i < known.length; i++) {
      const other = known[i]!;
      let [sum, exponent] = [0, 0];
      for (let j = 0; j < row.length; j++) {
        const apart = row[j]! - other[j]!;
        sum += weighted[j]! * other[j]!;
        exponent += b[j]! * apart * apart;
      }
      out[i] = sum + Math.exp(-exponent / 2);
    }
    return out;
  };
}

/** k(row, row), without noise. */
export const ownKernel = (
  row: Float64Array,
  groups: readonly number[],
  parameters: KernelParameters,
): number => crossKernel([row], groups, parameters)(row)[0]!;

/** Rows with their centred targets. */
export interface Task {
  readonly known: Similarities;
  readonly y: readonly number[];
}

/**
 * Mean over tasks of log p(y | θ), plus log p(θ), with each process's variance at its best, up to a constant; −∞ where a K is
 * not positive definite.
 */
export function logPosterior(tasks: readonly Task[], parameters: KernelParameters): number {
  const prior = flat(priorParameters(parameters.logLinear.length));
  const penalty = flat(parameters).reduce(
    (sum, it, i) => sum + ((it - prior[i]!) / priorWidth) ** 2 / 2,
    0,
  );
  return tasks.reduce((sum, it) => sum + logLikelihood(it, parameters) / tasks.length, -penalty);
}

function logLikelihood({ known, y }: Task, parameters: KernelParameters): number {
  const lower = choleskyRows(symmetricKernel(known, parameters));
  if (!lower) return -Infinity;
  const half = forwardSubstitution(lower, y);
  const variance = half.reduce((sum, it) => sum + it * it, 0) / y.length;
  const logDeterminant = lower.reduce((sum, row, i) => sum + 2 * Math.log(row[i]!), 0);
  return -(y.length / 2) * Math.log(Math.max(variance, 1e-300)) - logDeterminant / 2;
}

/** From nowhere in particular, and from nearby. */
export const longSteps = [2, 1, 0.5];
export const shortSteps = [1, 0.5];

/** Coordinate search: each logarithm up and down by a step while that helps, at most ten rounds a step. */
export function climb(
  objective: (parameters: KernelParameters) => number,
  start: KernelParameters,
  steps: readonly number[] = longSteps,
): KernelParameters {
  let best = flat(start);
  let height = objective(start);
  for (const step of steps) {
    for (let round = 0, moved = true; moved && round < 10; round++) {
      moved = false;
      for (let i = 0; i < best.length; i++)
        for (const change of [step, -step]) {
          const candidate = best.with(i, best[i]! + change);
          const value = objective(unflat(candidate));
          if (value <= height + 1e-9) continue;
          [best, height, moved] = [candidate, value, true];
          // The other way leads back.
          break;
        }
    }
  }
  return unflat(best);
}

const flat = ({ logLinear, logRelevance, logNoise }: KernelParameters): number[] => [
  ...logLinear,
  ...logRelevance,
  logNoise,
];

function unflat(values: readonly number[]): KernelParameters {
  const groups = (values.length - 1) / 2;
  return {
    logLinear: values.slice(0, groups),
    logRelevance: values.slice(groups, 2 * groups),
    logNoise: values[2 * groups]!,
  };
}
