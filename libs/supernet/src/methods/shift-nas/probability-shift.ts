/** @file How the distribution over cost bins learns: from what the loss of each bin did between two sets of weights. */
import {
  adam,
  adamCorrections,
  gradient,
  Graph,
  mul,
  plain,
  portableLowerings,
  Session,
  softmax,
  sumAll,
  writeModel,
  type SessionOptions,
  type Value,
} from '@sextant/engine';

export interface ShiftState {
  /** B [K]. */
  readonly logits: Float32Array;
  readonly logitsFirst: Float32Array;
  readonly logitsSecond: Float32Array;
}

/**
 * One Adam step down Σₖ softmax(B)ₖ·ΔLₖ. Inputs logits, progress (ΔL), logitsFirst, logitsSecond [K], learningRate,
 * firstCorrection, secondCorrection []; outputs `next …` of the state, and gradient [K] = p⊙(ΔL − Σ p·ΔL).
 * @see Zhang et al. 2023, ShiftNAS eqs. 5–8 — Differs: the loss of every bin is computed, so the expectation is exact
 */
export function shiftGraph(bins: number): Graph {
  const graph = new Graph();
  const vector = (name: string): Value => graph.input(name, plain([bins]));
  const number = (name: string): Value => graph.input(name, plain([]));
  const logits = vector('logits');
  const expected = sumAll(mul(softmax(logits), vector('progress')));
  const descent = gradient(expected, [logits])[0] as Value;
  const next = adam({
    theta: logits,
    firstMoment: vector('logitsFirst'),
    secondMoment: vector('logitsSecond'),
    gradient: descent,
    learningRate: number('learningRate'),
    firstCorrection: number('firstCorrection'),
    secondCorrection: number('secondCorrection'),
  });
  graph.output('next logits', next.theta);
  graph.output('next logitsFirst', next.firstMoment);
  graph.output('next logitsSecond', next.secondMoment);
  graph.output('gradient', descent);
  return graph;
}

/** What a bin's loss did: L(w) − L(w of the last update), nats, negative where it fell. */
export interface Progress {
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** Networks of each bin trained in between. */
  readonly visits: readonly number[];
}

/**
 * ΔLₖ = Lₖ(w) − Lₖ(w') as the paper has it, or per visit, ΔLₖ/(visitsₖ + 1), which does not reward a bin for being drawn
 * often.
 * @see Zhang et al. 2023, ShiftNAS eq. 8. Differs: `per-visit` is ours; see docs/methods.md
 */
export const progressOf = (
  { before, after, visits }: Progress,
  mode: 'paper' | 'per-visit',
): Float32Array =>
  Float32Array.from(after, (loss, bin) => {
    const fell = loss - (before[bin] as number);
    return mode === 'paper' ? fell : fell / ((visits[bin] as number) + 1);
  });

export class ProbabilityShift {
  private constructor(private readonly session: Session) {}

  static async create(bins: number, options: SessionOptions): Promise<ProbabilityShift> {
    const model = writeModel(shiftGraph(bins), { lowering: portableLowerings.known });
    return new ProbabilityShift(await Session.create(model, options));
  }

  /** The state after update number `update` = 1, 2, …. */
  async apply(
    state: ShiftState,
    progress: Float32Array,
    update: number,
    learningRate: number,
  ): Promise<ShiftState> {
    const dims = [progress.length];
    const { first, second } = adamCorrections(update);
    const number = (value: number) => ({ data: Float32Array.of(value), dims: [] });
    const results = await this.session.run({
      logits: { data: state.logits, dims },
      logitsFirst: { data: state.logitsFirst, dims },
      logitsSecond: { data: state.logitsSecond, dims },
      progress: { data: progress, dims },
      learningRate: number(learningRate),
      firstCorrection: number(first),
      secondCorrection: number(second),
    });
    const next = (name: keyof ShiftState) => results[`next ${name}`]?.data as Float32Array;
    return {
      logits: next('logits'),
      logitsFirst: next('logitsFirst'),
      logitsSecond: next('logitsSecond'),
    };
  }

  release(): Promise<void> {
    return this.session.release();
  }
}
