/** @file Layer normalisation. */
import type { Value } from '../graph/value';
import { addToRows, scaleRows } from '../ops/rows';
import { standardize } from '../ops/standardize';

/**
 * out = γ·(x − μ)/√(σ² + ε) + β with mean and biased variance over the last axis. Shapes: x [...,D], γ and β [D]; D and the
 * others may be run-time sizes.
 * @throws {ShapeError} γ or β has not D elements
 * @see Ba et al. 2016, arXiv:1607.06450 §3
 */
export const layerNorm = (x: Value, gamma: Value, beta: Value, epsilon = 1e-5): Value =>
  addToRows(scaleRows(standardize(x, epsilon).y, gamma), beta);
