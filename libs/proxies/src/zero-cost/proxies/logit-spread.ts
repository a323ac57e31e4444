/** @file How different the answers to different classes are. */
import { defineProxy } from '../define-proxy';

/**
 * Σ over images and classes of the squared deviation of a logit from the mean of its image's. Differs: not published,
 * the direction is that on NAS-Bench-201.
 * @see Mellor et al. 2021, arXiv:2006.04647 — looks at the same forward pass
 */
export const logitSpread = defineProxy({
  name: 'logit_spread',
  title: 'spread of the logits',
  direction: 'minimize',
  data: 'batch',
  passes: '1 forward',
  nodeOf: null,
  reference: 'after Mellor et al. 2021, arXiv:2006.04647',
  needs: ['logits'],
  evaluate({ logits: { values, classes } }) {
    let total = 0;
    for (let first = 0; first < values.length; first += classes) {
      const own = values.subarray(first, first + classes);
      const mean = own.reduce((sum, value) => sum + value, 0) / classes;
      total += own.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    }
    return { score: total, nodes: null };
  },
});
