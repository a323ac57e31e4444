/** @file Weights and what their optimizer keeps, moved by gradients: vectors in, vectors out. */
import { Session, type SessionOptions } from '@sextant/engine';
import { initialWeights, type ParameterLayout } from '@sextant/networks';
import type { Rng } from '@sextant/common';
import { freshSlots, nextOf, slotsOf, updateModel, type UpdateOptions } from '../update';
import type { VectorLengths } from './training-state';

/** `theta` and the optimizer's slots. */
export type WeightVectors = Readonly<Record<string, Float32Array>> & {
  readonly theta: Float32Array;
};

export const freshWeights = (
  layout: ParameterLayout,
  { optimizer }: UpdateOptions,
  rng: Rng,
): WeightVectors => ({
  theta: initialWeights(layout, rng),
  ...freshSlots(optimizer, layout.total),
});

export const weightLengths = (
  { total }: ParameterLayout,
  { optimizer }: UpdateOptions,
): VectorLengths<'theta'> => ({
  theta: total,
  ...Object.fromEntries(slotsOf(optimizer).map((slot) => [slot, total])),
});

export class WeightUpdate {
  private constructor(
    private readonly session: Session,
    private readonly names: readonly string[],
  ) {}

  static async create(
    layout: ParameterLayout,
    options: UpdateOptions,
    sessionOptions: SessionOptions,
  ): Promise<WeightUpdate> {
    const session = await Session.create(updateModel(layout, options), sessionOptions);
    return new WeightUpdate(session, ['theta', ...slotsOf(options.optimizer)]);
  }

  async apply(
    vectors: WeightVectors,
    gradients: Float32Array,
    learningRate: number,
  ): Promise<WeightVectors> {
    const dims = [gradients.length];
    const feedOf = (name: string) => ({ data: vectors[name] as Float32Array, dims });
    const results = await this.session.run({
      ...Object.fromEntries(this.names.map((name) => [name, feedOf(name)])),
      gradients: { data: gradients, dims },
      learningRate: { data: Float32Array.of(learningRate), dims: [] },
    });
    return Object.fromEntries(
      this.names.map((name) => [name, results[nextOf(name)]?.data as Float32Array]),
    ) as WeightVectors;
  }

  release(): Promise<void> {
    return this.session.release();
  }
}
