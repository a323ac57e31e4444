/** @file How alike a network responds to images of one class, and how much classes differ in that. */
import { defineProxy } from '../define-proxy';
import { rowCorrelation } from '../linear-algebra';

const k = 1e-5;
/** Beyond, classes are compared with each other. */
const fewClasses = 100;

/** Σ_ij log(|R_ij| + k) over the correlation of the rows of one class. */
function classScore(rows: readonly Float32Array[]): number {
  const length = rows[0]?.length ?? 0;
  const all = new Float32Array(rows.length * length);
  rows.forEach((row, at) => all.set(row, at * length));
  const correlation = rowCorrelation(all, rows.length);
  return correlation.to1DArray().reduce((sum, r) => sum + Math.log(Math.abs(r) + k), 0);
}

/**
 * s_c = Σ_ij log(|R_ij| + k) over images of class c. Up to 100 classes: Σ_c |s_c|; beyond, with s_c per image,
 * (1/classes seen)·Σ_{c,c'} |s_c − s_c'| over all ordered pairs. A class of one image has R = 1.
 * @see Lopes et al. 2021, EPE-NAS, arXiv:2102.08099 §3
 */
export const epeNas = defineProxy({
  name: 'epe_nas',
  title: 'EPE-NAS: correlation of Jacobians by class',
  direction: 'maximize',
  data: 'labels',
  passes: '1 forward, 1 backward to the images',
  nodeOf: null,
  reference: 'Lopes et al. 2021, arXiv:2102.08099',
  needs: ['jacobian'],
  evaluate({ jacobian: { rows, labels, classes } }) {
    const length = rows.length / labels.length;
    const byClass = new Map<number, Float32Array[]>();
    Array.from(labels).forEach((label, at) => {
      const row = rows.subarray(at * length, (at + 1) * length);
      byClass.set(label, [...(byClass.get(label) ?? []), row]);
    });
    const groups = [...byClass.values()];
    const sums = groups.map(classScore);
    if (classes <= fewClasses) {
      return { score: sums.reduce((total, s) => total + Math.abs(s), 0), nodes: null };
    }
    const means = sums.map((s, at) => s / (groups[at]?.length ?? 1));
    const differences = means.flatMap((a) => means.map((b) => Math.abs(a - b)));
    return { score: differences.reduce((a, b) => a + b, 0) / means.length, nodes: null };
  },
});
