/** @file The architecture generator at work: draws of architectures, and its training. */
import { adamCorrections, portableLowerings, writeModel, type Session } from '@sextant/engine';
import type { ParameterLayout } from '@sextant/networks';
import type { Encoding } from '@sextant/search-space';
import type { TrainerInput } from '../method';
import { trainingSession } from '../training-session';
import {
  generatorLayout,
  generatorStepGraph,
  policyWidth,
  readChoices,
  sampleGraph,
  type GeneratorLoss,
  type GeneratorShape,
} from './generator';

type Where = Pick<TrainerInput<unknown>, 'threads' | 'lowerings'>;
const { known: lowering } = portableLowerings;

export interface Draw {
  /** Costs to aim at [N], between the smallest network (0) and the largest (1). */
  readonly targets: readonly number[];
  /** [N·U]; all equal: the likeliest value of every decision. */
  readonly uniform: Float32Array;
}

export interface Drawn {
  readonly encodings: readonly Encoding[];
  /** Of the architectures drawn, as targets are. */
  readonly costs: readonly number[];
}

export interface GeneratorState {
  readonly generator: Float32Array;
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
}

const feedsOf = ({ rows, family }: GeneratorShape, generator: Float32Array, draw: Draw) => ({
  target: { data: Float32Array.from(draw.targets), dims: [rows, 1] },
  uniform: { data: draw.uniform, dims: [rows, policyWidth(family)] },
  generator: { data: generator, dims: [generator.length] },
});

export class GeneratorSampler {
  private constructor(
    private readonly shape: GeneratorShape,
    private readonly session: Session,
  ) {}

  static async create(shape: GeneratorShape, where: Where): Promise<GeneratorSampler> {
    const model = writeModel(sampleGraph(shape, generatorLayout(shape)), { lowering });
    return new GeneratorSampler(shape, await trainingSession(model, where));
  }

  async draw(generator: Float32Array, draw: Draw): Promise<Drawn> {
    const { rows, family } = this.shape;
    const results = await this.session.run(feedsOf(this.shape, generator, draw));
    const choices = results['choices']?.data as Float32Array;
    const costs = [...(results['costs']?.data as Float32Array)];
    return { encodings: readChoices(family, choices, rows), costs };
  }

  /** The likeliest architecture of each target. */
  likeliest(generator: Float32Array, targets: readonly number[]): Promise<Drawn> {
    const { rows, family } = this.shape;
    const uniform = new Float32Array(rows * policyWidth(family)).fill(0.5);
    return this.draw(generator, { targets, uniform });
  }

  release(): Promise<void> {
    return this.session.release();
  }
}

export class GeneratorTrainer {
  private constructor(
    private readonly shape: GeneratorShape,
    private readonly session: Session,
  ) {}

  static async create(
    shape: GeneratorShape,
    layout: ParameterLayout,
    loss: GeneratorLoss,
    where: Where,
  ): Promise<GeneratorTrainer> {
    const model = writeModel(generatorStepGraph(shape, layout, loss), { lowering });
    return new GeneratorTrainer(shape, await trainingSession(model, where));
  }

  /** Update number `update` = 1, 2, …; `taskGradient` [N·U]. */
  async step(
    state: GeneratorState,
    draw: Draw,
    taskGradient: Float32Array,
    { update, learningRate }: { readonly update: number; readonly learningRate: number },
  ): Promise<GeneratorState & { readonly costLoss: number }> {
    const { generator, firstMoment, secondMoment } = state;
    const { rows, family } = this.shape;
    const dims = [generator.length];
    const { first, second } = adamCorrections(update);
    const number = (value: number) => ({ data: Float32Array.of(value), dims: [] });
    const results = await this.session.run({
      ...feedsOf(this.shape, generator, draw),
      taskGradient: { data: taskGradient, dims: [rows, policyWidth(family)] },
      firstMoment: { data: firstMoment, dims },
      secondMoment: { data: secondMoment, dims },
      learningRate: number(learningRate),
      firstCorrection: number(first),
      secondCorrection: number(second),
    });
    const next = (name: keyof GeneratorState) => results[`next ${name}`]?.data as Float32Array;
    return {
      generator: next('generator'),
      firstMoment: next('firstMoment'),
      secondMoment: next('secondMoment'),
      costLoss: results['costLoss']?.data[0] as number,
    };
  }

  release(): Promise<void> {
    return this.session.release();
  }
}
