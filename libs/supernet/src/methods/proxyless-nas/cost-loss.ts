/** @file One loss of accuracy and cost, and its slopes in both. */

export type CostLoss =
  | { readonly form: 'none' }
  /** CE + λ·(E − ref)/ref. */
  | { readonly form: 'add#linear'; readonly weight: number; readonly reference: number }
  /** a·CE·(ln E / ln ref)^b. */
  | {
      readonly form: 'mul#log';
      readonly factor: number;
      readonly power: number;
      readonly reference: number;
    };

export interface CombinedLoss {
  readonly value: number;
  /** ∂L/∂CE. */
  readonly perCrossEntropy: number;
  /** ∂L/∂E. */
  readonly perCost: number;
}

/**
 * L of a cross-entropy in nats and an expected cost E in the unit of the reference, with ∂L/∂CE and ∂L/∂E. `mul#log` needs
 * E > 1 and a reference > 1: below 1 its logarithms change sign.
 * @see Cai et al. 2019, ProxylessNAS, arXiv:1812.00332 §3.3, and the authors' code for `mul#log`
 */
export function combineLoss(loss: CostLoss, crossEntropy: number, cost: number): CombinedLoss {
  switch (loss.form) {
    case 'none':
      return { value: crossEntropy, perCrossEntropy: 1, perCost: 0 };
    case 'add#linear': {
      const { weight, reference } = loss;
      const value = crossEntropy + (weight * (cost - reference)) / reference;
      return { value, perCrossEntropy: 1, perCost: weight / reference };
    }
    case 'mul#log': {
      const { factor, power, reference } = loss;
      const ratio = Math.log(cost) / Math.log(reference);
      const perCrossEntropy = factor * ratio ** power;
      const value = perCrossEntropy * crossEntropy;
      return { value, perCrossEntropy, perCost: (value * power) / (Math.log(cost) * cost) };
    }
  }
}
