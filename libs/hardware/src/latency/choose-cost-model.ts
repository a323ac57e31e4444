/** @file Which cost model to use for these measurements, and why. */
import { InvalidMeasurementError } from '@sextant/common';
import type { CostError } from './cost-error';
import { costModelNames, costModels, type CostModelName } from './cost-models';
import {
  fitCostModel,
  type FitCostModelOptions,
  type FittedCostModel,
  type Measurements,
} from './fitted-cost-model';

export interface CostModelComparison {
  readonly name: CostModelName;
  readonly title: string;
  readonly error: CostError;
}

export interface CostModelChoice {
  readonly best: FittedCostModel;
  /** Of every model that could be fitted, best first. */
  readonly compared: readonly CostModelComparison[];
  /** One sentence for whoever asks why. */
  readonly reason: string;
}

/** A difference in τ that decides nothing: then the smaller percentage error does. */
const sameTau = 0.005;

/** Standard error of τ between n independent pairs without ties. @see Kendall 1938, A new measure of rank correlation */
const tauDeviation = (n: number): number => Math.sqrt((2 * (2 * n + 5)) / (9 * n * (n - 1)));

/**
 * Fits every model the features allow (or those named) and takes the one that ranks held-out measurements best: largest
 * cross-validated Kendall τ; within 0.005 of it, the smallest mean absolute percentage error. `transfer` knows other devices
 * beside the measurements, so it is taken unless another is better by more than the standard error of τ. Deterministic.
 * @throws {InsufficientDataError} fewer than 10 measurements
 * @throws {InvalidMeasurementError} a cost is not above 0, or no model can be fitted to the features
 */
export function chooseCostModel(
  measurements: Measurements,
  options: FitCostModelOptions & { readonly models?: readonly CostModelName[] } = {},
): CostModelChoice {
  const context = { layout: measurements.layout, knowledge: options.knowledge };
  const names = (options.models ?? costModelNames).filter(
    (name) => costModels[name].refuses(context) === null,
  );
  const fitted = names.map((name) => fitCostModel(name, measurements, options));
  const tauOf = ({ crossValidatedError }: FittedCostModel): number =>
    crossValidatedError.kendallTau ?? -1;
  const highest = Math.max(...fitted.map(tauOf));
  const mapeOf = (it: FittedCostModel): number =>
    it.crossValidatedError.meanAbsolutePercentageError;
  const favoured = fitted.find(
    (it) => it.name === 'transfer' && tauOf(it) >= highest - tauDeviation(measurements.rows.length),
  );
  const ordered = fitted.toSorted(
    (a, b) =>
      Number(b === favoured) - Number(a === favoured) ||
      Number(tauOf(a) < highest - sameTau) - Number(tauOf(b) < highest - sameTau) ||
      mapeOf(a) - mapeOf(b),
  );
  const [best] = ordered;
  if (!best)
    throw new InvalidMeasurementError(
      `no cost model can be fitted to features of ${measurements.layout.map(({ name }) => name).join(', ')}`,
    );
  const compared = ordered.map(({ name, crossValidatedError }) => ({
    name,
    title: costModels[name].title,
    error: crossValidatedError,
  }));
  return { best, compared, reason: reasonFor(compared) };
}

function reasonFor([best, ...others]: readonly CostModelComparison[]): string {
  const figures = ({ error }: CostModelComparison): string =>
    `τ ${error.kendallTau?.toFixed(3) ?? 'undefined'}, ${(100 * error.meanAbsolutePercentageError).toFixed(1)} % off`;
  const rest = others.map((it) => `${it.name} ${figures(it)}`).join('; ');
  const { name, error } = best!;
  const tauOf = (it: CostModelComparison): number => it.error.kendallTau ?? -1;
  const isBeaten = name === 'transfer' && others.some((it) => tauOf(it) > tauOf(best!) + sameTau);
  const why = isBeaten
    ? `knows other devices too, and none ranks the ${error.n} measurements better by more than chance ` +
      `(±${tauDeviation(error.n).toFixed(2)}) when they are held out`
    : `ranks the ${error.n} measurements best when they are held out`;
  return `${name} ${why} (${figures(best!)})${rest ? `; the others: ${rest}` : ''}`;
}
