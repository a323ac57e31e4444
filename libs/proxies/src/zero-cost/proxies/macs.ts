/** @file Multiply–accumulates: the other baseline. */
import { defineProxy, summed } from '../define-proxy';

/** MACs of convolutions and linear layers for one image (1 MAC = 2 FLOPs); by layer, its own. */
export const macs = defineProxy({
  name: 'macs',
  title: 'multiply–accumulates',
  direction: 'maximize',
  data: 'none',
  passes: 'none',
  nodeOf: 'layer',
  reference: 'White et al. 2022, A Deeper Look at Zero-Cost Proxies, ICLR Blog Track',
  needs: ['costs'],
  evaluate: ({ costs }) => summed(costs.layerMacs, costs.layerMacs),
});
