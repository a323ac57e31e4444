/** @file How differently a network responds to different images. */
import type { Matrix } from 'ml-matrix';
import { defineProxy } from '../define-proxy';
import { eigenvalues, rowCorrelation } from '../linear-algebra';

/** Keeps eigenvalues of 0 finite. */
const k = 1e-5;

/** −Σ_i log(v_i + k) + 1/(v_i + k) over the eigenvalues v ≥ 0 of a correlation matrix; at most about −n, at the identity. */
export const spectrumScore = (correlation: Matrix): number =>
  -eigenvalues(correlation)
    .map((value) => Math.max(0, value) + k)
    .reduce((sum, value) => sum + Math.log(value) + 1 / value, 0);

/**
 * −Σ_i [log(v_i + k) + 1/(v_i + k)], v the eigenvalues of the correlation of the rows J_i = ∂(Σ_c y_ic)/∂x_i. Symmetric, so
 * that no eigenvalue is complex. Normalisation over the batch couples its images.
 * @see Mellor et al. 2020, arXiv:2006.04647v1 §3; Abdelfattah et al. 2021, arXiv:2101.08134 §3.3
 */
export const jacobCov = defineProxy({
  name: 'jacob_cov',
  title: 'covariance of Jacobians',
  direction: 'maximize',
  data: 'batch',
  passes: '1 forward, 1 backward to the images',
  nodeOf: null,
  reference: 'Mellor et al. 2020, arXiv:2006.04647v1; Abdelfattah et al. 2021, arXiv:2101.08134',
  needs: ['jacobian'],
  evaluate: ({ jacobian: { rows, labels } }) => ({
    score: spectrumScore(rowCorrelation(rows, labels.length)),
    nodes: null,
  }),
});
