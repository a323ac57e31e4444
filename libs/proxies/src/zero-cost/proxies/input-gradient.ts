/** @file What reaches the images on the way back: how much, and how alike for different ones. */
import { Matrix } from 'ml-matrix';
import { defineProxy } from '../define-proxy';
import type { InputGradient } from '../quantities';
import { spectrumScore } from './jacob-cov';

/** Keeps the logarithm finite where nothing arrives. */
const least = 1e-30;

const ofImages = {
  data: 'labels',
  passes: '1 forward, 1 backward',
  nodeOf: null,
  needs: ['inputGradient'],
} as const;

/**
 * log Σ (∂L/∂x)² over the images of the batch, L its mean cross-entropy. Differs: not published.
 * @see Abdelfattah et al. 2021, arXiv:2101.08134 §3.1 — grad_norm, of weights
 */
export const inputGradient = defineProxy({
  ...ofImages,
  name: 'input_gradient',
  title: 'size of the gradient at the images',
  direction: 'maximize',
  reference: 'after Abdelfattah et al. 2021, arXiv:2101.08134',
  evaluate({ inputGradient: { rows } }) {
    const total = rows.reduce((sum, value) => sum + value * value, 0);
    return { score: Math.log(total + least), nodes: null };
  },
});

/** Rows at mean 0 and length 1; a constant row becomes 0. */
function normalisedRows({ images, rows }: InputGradient): Matrix {
  const width = rows.length / images;
  const all = Array.from({ length: images }, (_, at) => {
    const own = Float64Array.from(rows.subarray(at * width, (at + 1) * width));
    const mean = own.reduce((sum, value) => sum + value, 0) / width;
    const centred = own.map((value) => value - mean);
    const norm = Math.sqrt(centred.reduce((sum, value) => sum + value * value, 0));
    return norm > 0 ? centred.map((value) => value / norm) : centred;
  });
  const products = Matrix.zeros(images, images);
  all.forEach((a, i) =>
    all.slice(0, i + 1).forEach((b, j) => {
      const product = a.reduce((sum, value, at) => sum + value * (b[at] as number), 0);
      products.set(i, j, product).set(j, i, product);
    }),
  );
  return products;
}

/**
 * `jacob_cov` of ∂L/∂x in place of ∂(Σ logits)/∂x: a pass that has the gradients of the weights has it for nothing. −N for N images
 * that have nothing in common; an image that nothing reaches correlates with none, itself included.
 * Differs: the loss in place of the sum of logits. @see Mellor et al. 2020, arXiv:2006.04647v1 §3
 */
export const inputCorrelation = defineProxy({
  ...ofImages,
  name: 'input_correlation',
  title: 'correlation of gradients at the images',
  direction: 'maximize',
  reference: 'after Mellor et al. 2020, arXiv:2006.04647v1',
  evaluate: ({ inputGradient: it }) => ({
    score: spectrumScore(normalisedRows(it)),
    nodes: null,
  }),
});
