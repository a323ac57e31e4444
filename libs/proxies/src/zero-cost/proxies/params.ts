/** @file Parameter count: the baseline that a proxy has to beat first. */
import { defineProxy, summed } from '../define-proxy';

/** Number of trainable parameters; by layer, those of its weight. */
export const params = defineProxy({
  name: 'params',
  title: 'parameter count',
  direction: 'maximize',
  data: 'none',
  passes: 'none',
  nodeOf: 'layer',
  reference: 'White et al. 2022, A Deeper Look at Zero-Cost Proxies, ICLR Blog Track',
  needs: ['costs'],
  evaluate: ({ costs }) => ({
    ...summed([], costs.layerParams),
    score: costs.paramCount,
  }),
});
