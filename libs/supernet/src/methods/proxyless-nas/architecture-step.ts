/** @file One step of the architecture parameters: draw, look at gates, move, and keep the rest where it is. */
import type { Rng } from '@sextant/common';
import { combineLoss, type CostLoss } from './cost-loss';
import { expectedCost, type PathCosts } from './costs';
import { candidateOffsets, type Edge, type Path } from './edges';
import { alphaGradient, rescaled } from './gate-gradient';
import type { GateMode } from './passes';
import { draw, drawPair, softmax, type Pair } from './probabilities';
import { nextBaseline, reinforceGradient, type Rewarded } from './reinforce';
import { sparseAdam, type SparseAdamState } from './sparse-adam';

/** The edges of a supernet with their costs, and where the parameters of each edge lie. */
export interface ArchitectureRules {
  readonly edges: readonly Edge[];
  readonly costs: PathCosts;
  readonly loss: CostLoss;
  readonly learningRate: number;
}

/** Parameters of every edge out of their vector. */
export function alphasOf(edges: readonly Edge[], alpha: ArrayLike<number>): number[][] {
  const { offsets } = candidateOffsets(edges);
  return edges.map(({ candidates }, edge) =>
    candidates.map((_, at) => alpha[(offsets[edge] as number) + at] as number),
  );
}

/** p = softmax(α) by edge. */
export const probabilitiesOf = (edges: readonly Edge[], alpha: ArrayLike<number>): number[][] =>
  alphasOf(edges, alpha).map(softmax);

/** One operation at every edge, drawn from its probabilities. */
export const drawPath = (probabilities: readonly (readonly number[])[], rng: Rng): Path =>
  probabilities.map((p, edge) => draw(p, rng.fork(edge)));

/** Paths of one architecture step: the one that runs, and (in mode `two`) the one beside it. */
export interface DrawnPaths {
  readonly active: Path;
  readonly other: Path;
}

/** Draws by p, or in mode `two` a pair at every edge. An edge of one candidate has that one twice. */
export function drawPaths(
  mode: GateMode,
  edges: readonly Edge[],
  alpha: ArrayLike<number>,
  rng: Rng,
): DrawnPaths {
  const pairs = alphasOf(edges, alpha).map((own, edge): Pair => {
    if (own.length === 1) return { active: 0, other: 0 };
    if (mode === 'two') return drawPair(own, rng.fork(edge));
    const active = draw(softmax(own), rng.fork(edge));
    return { active, other: active };
  });
  return { active: pairs.map((it) => it.active), other: pairs.map((it) => it.other) };
}

/** What the pass of those paths found: cross-entropy in nats, and the gates it says something of. */
export interface GatePass {
  readonly crossEntropy: number;
  /** Candidates looked at by edge, and G = ∂CE/∂g of each. */
  readonly gates: readonly {
    readonly candidates: readonly number[];
    readonly gradients: readonly number[];
  }[];
}

/** A gate pass's output vector by edge; `two` tells (active, other), the other modes every candidate. */
export function gatesOf(
  mode: GateMode,
  edges: readonly Edge[],
  { active, other }: DrawnPaths,
  vector: ArrayLike<number>,
): GatePass['gates'] {
  const { offsets } = candidateOffsets(edges);
  return edges.map(({ candidates }, edge) => {
    if (candidates.length === 1) return { candidates: [0], gradients: [0] };
    if (mode === 'two') {
      const pair = [active[edge] as number, other[edge] as number];
      return { candidates: pair, gradients: [0, 1].map((at) => vector[2 * edge + at] as number) };
    }
    const first = offsets[edge] as number;
    return {
      candidates: candidates.map((_, at) => at),
      gradients: candidates.map((_, at) => vector[first + at] as number),
    };
  });
}

export interface ArchitectureStep {
  readonly state: SparseAdamState;
  /** The loss of accuracy and cost, with the cost expected over the candidates that were looked at. */
  readonly loss: number;
}

/**
 * α of the candidates that were looked at, one step of Adam along ∂L/∂α: through their gates as
 * Σⱼ Gⱼ·qⱼ·(δᵢⱼ − qᵢ) times ∂L/∂CE, and through the expected cost as qᵢ·(Fᵢ − Σⱼ qⱼ·Fⱼ) times ∂L/∂E, with q the softmax
 * of their α. Where not all candidates were looked at the step is rescaled, so that the others stay as likely as they
 * were. An edge whose active operation is `zero` does not move.
 * @see Cai et al. 2019, ProxylessNAS, arXiv:1812.00332 §3.2–3.3, and the authors' code
 */
export function gradientStep(
  { edges, costs, loss, learningRate }: ArchitectureRules,
  state: SparseAdamState,
  active: Path,
  { crossEntropy, gates }: GatePass,
): ArchitectureStep {
  const { offsets, total } = candidateOffsets(edges);
  const alphas = alphasOf(edges, state.alpha);
  const shares = gates.map(({ candidates }, edge) =>
    softmax(candidates.map((at) => alphas[edge]?.[at] as number)),
  );
  const looked = {
    fixed: costs.fixed,
    candidates: gates.map(({ candidates }, edge) =>
      candidates.map((at) => costs.candidates[edge]?.[at] as number),
    ),
  };
  const combined = combineLoss(loss, crossEntropy, expectedCost(looked, shares));
  const gradients: (number | null)[] = Array.from({ length: total }, () => null);
  const moves = edges.map(
    ({ candidates }, edge) =>
      candidates.length > 1 && candidates[active[edge] as number] !== 'zero',
  );
  gates.forEach(({ candidates, gradients: own }, edge) => {
    if (!moves[edge]) return;
    const slopes = own.map(
      (gate, at) =>
        combined.perCrossEntropy * gate +
        combined.perCost * (looked.candidates[edge]?.[at] as number),
    );
    alphaGradient(shares[edge] as number[], slopes).forEach((gradient, at) => {
      gradients[(offsets[edge] as number) + (candidates[at] as number)] = gradient;
    });
  });
  const next = sparseAdam(state, gradients, learningRate);
  gates.forEach(({ candidates }, edge) => {
    if (!moves[edge] || candidates.length === alphas[edge]?.length) return;
    const places = candidates.map((at) => (offsets[edge] as number) + at);
    const read = (from: Float32Array): number[] => places.map((at) => from[at] as number);
    rescaled(read(next.alpha), read(state.alpha)).forEach((alpha, at) => {
      next.alpha[places[at] as number] = alpha;
    });
  });
  return { state: next, loss: combined.value };
}

/** Every α one step of Adam along the rewards of sampled networks; the first step's baseline is its own mean. */
export function reinforceStep(
  { edges, learningRate }: ArchitectureRules,
  state: SparseAdamState,
  samples: readonly Rewarded[],
  baseline: number | null,
): { readonly state: SparseAdamState; readonly baseline: number; readonly meanReward: number } {
  const meanReward = samples.reduce((sum, sample) => sum + sample.reward / samples.length, 0);
  const reference = baseline ?? meanReward;
  const gradient = reinforceGradient(probabilitiesOf(edges, state.alpha), samples, reference);
  const gradients = gradient.flatMap((own) => (own.length === 1 ? [null] : own));
  return {
    state: sparseAdam(state, gradients, learningRate),
    baseline: nextBaseline(reference, meanReward),
    meanReward,
  };
}
