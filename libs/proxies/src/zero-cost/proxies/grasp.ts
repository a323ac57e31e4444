/** @file How removing weights would change the flow of the gradient. */
import { defineProxy, innerProduct, summed } from '../define-proxy';

/**
 * Σ_l Σ −θ_l ⊙ (H·∂L/∂θ)_l, H being the Hessian of L; by layer, the mean over elements. The sign is that of the published code,
 * which reads higher as better; the logits are not softened (T = 1).
 * @see Wang et al. 2020, GraSP, arXiv:2002.07376 eq. 8; Abdelfattah et al. 2021, arXiv:2101.08134 §3.2
 */
export const grasp = defineProxy({
  name: 'grasp',
  title: 'gradient signal preservation',
  direction: 'maximize',
  data: 'labels',
  passes: '1 forward, 2 backward of which one of second order',
  nodeOf: 'layer',
  reference: 'Wang et al. 2020, arXiv:2002.07376; Abdelfattah et al. 2021, arXiv:2101.08134',
  needs: ['curvature'],
  evaluate({ curvature }) {
    const sums = curvature.map(({ weight, gradient }) => -innerProduct(weight, gradient));
    return summed(
      sums,
      sums.map((sum, at) => sum / (curvature[at]?.weight.length ?? 1)),
    );
  },
});
