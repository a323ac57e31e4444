/** @file The architecture generator: a recurrent network that decides, one choice after another, for a target cost. */
import { rng } from '@sextant/common';
import {
  adam,
  add,
  clipByGlobalNorm,
  concat,
  flattenAll,
  gradient,
  Graph,
  gumbelSoftmax,
  linear,
  logSoftmax,
  lstmCell,
  matmul,
  mul,
  plain,
  reshape,
  scale,
  slice,
  softmax,
  sub,
  sumAll,
  tanh,
  zerosLike,
  type Value,
} from '@sextant/engine';
import {
  constant,
  declaredBy,
  initialWeights,
  normal,
  parameterNamed,
  type ParameterLayout,
  type TensorSource,
} from '@sextant/networks';
import type { Choice } from '@sextant/search-space';
import type { AnyFamily } from '../../families';

/** Hidden size of the recurrent cell. @see Zhang et al. 2023, ShiftNAS §3.3 */
const hiddenSize = 64;
const gradientNorm = 1;

/** One head for each kind of decision with as many values: blocks and stages share it. */
const headOf = ({ id, values }: Choice): string =>
  `${id.replace(/\d+\./g, '').replace('stages.', '').replace('blocks.', '')}.${values.length}`;

interface Policies {
  /** One-hot rows [N,n] with the gradient of the soft ones, by decision. */
  readonly chosen: ReadonlyMap<string, Value>;
  readonly logits: readonly Value[];
}

/**
 * xᵢ of decision i from the state before it: h, c = LSTM(xᵢ₋₁, h, c); pᵢ = Gumbel(FC(h)), straight-through; xᵢ = pᵢ·E.
 * Shapes: target [N,1] in [0,1], uniform [N,U] → one-hot [N,nᵢ] for each decision of more than one value.
 * @see Zhang et al. 2023, ShiftNAS §3.3
 */
function generate(
  decisions: readonly Choice[],
  target: Value,
  uniform: Value,
  temperature: number,
  tensor: TensorSource,
): Policies {
  const asked = new Map<string, Value>();
  const once: TensorSource = (name, dims, how) => {
    const known = asked.get(name) ?? tensor(name, dims, how);
    asked.set(name, known);
    return known;
  };
  const deviation = 1 / Math.sqrt(hiddenSize);
  const weight = (name: string, dims: readonly number[]): Value =>
    once(name, dims, normal(deviation));
  const bias = (name: string, size: number): Value => once(name, [size], constant(0));
  const cell = {
    input: weight('cell.input', [4 * hiddenSize, hiddenSize]),
    hidden: weight('cell.hidden', [4 * hiddenSize, hiddenSize]),
    bias: bias('cell.bias', 4 * hiddenSize),
  };
  const rows = target.type.dims[0] as number;
  let x = tanh(
    linear(
      target,
      once('target.weight', [hiddenSize, 1], normal(1)),
      bias('target.bias', hiddenSize),
    ),
  );
  let state = { hidden: zerosLike(x), cell: zerosLike(x) };
  let first = 0;
  const chosen = new Map<string, Value>();
  const logits: Value[] = [];
  for (const decision of decisions) {
    const { id, values } = decision;
    const n = values.length;
    if (n === 1) continue;
    const head = headOf(decision);
    state = lstmCell(x, state, cell);
    const scores = linear(
      state.hidden,
      weight(`${head}.weight`, [n, hiddenSize]),
      bias(`${head}.bias`, n),
    );
    const draws = slice(uniform, [0, first], [rows, n]);
    const policy = gumbelSoftmax(scores, draws, temperature, true);
    x = matmul(policy, weight(`${head}.embedding`, [n, hiddenSize]));
    chosen.set(id, policy);
    logits.push(scores);
    first += n;
  }
  return { chosen, logits };
}

/** Decisions that are decided: those of more than one value. */
export const openDecisions = ({ decisions }: Pick<AnyFamily, 'decisions'>): readonly Choice[] =>
  decisions.filter(({ values }) => values.length > 1);

/** U: values of all open decisions. */
export const policyWidth = (family: Pick<AnyFamily, 'decisions'>): number =>
  openDecisions(family).reduce((sum, { values }) => sum + values.length, 0);

/** Where costs stand between the smallest network (0) and the largest (1). */
export interface CostScale {
  readonly min: number;
  readonly max: number;
}

export const costScaleOf = (family: AnyFamily): CostScale => ({
  min: family.macs(family.smallest),
  max: family.macs(family.largest),
});

export interface GeneratorShape {
  readonly family: AnyFamily;
  /** N: architectures a run. */
  readonly rows: number;
  readonly temperature: number;
}

export function generatorLayout({ family, rows, temperature }: GeneratorShape): ParameterLayout {
  return declaredBy((graph, tensor) => {
    const target = graph.input('target', plain([rows, 1]));
    const uniform = graph.input('uniform', plain([rows, policyWidth(family)]));
    generate(family.decisions, target, uniform, temperature, tensor);
  });
}

export const freshGenerator = (layout: ParameterLayout, seed: number): Float32Array =>
  initialWeights(layout, rng(seed, 'generator'));

interface Built extends Policies {
  readonly graph: Graph;
  readonly target: Value;
  readonly theta: Value;
  readonly tensors: readonly Value[];
}

/** Inputs target [N,1], uniform [N,U] and generator [G]; the policies. */
function build({ family, rows, temperature }: GeneratorShape, layout: ParameterLayout): Built {
  const graph = new Graph();
  const target = graph.input('target', plain([rows, 1]));
  const uniform = graph.input('uniform', plain([rows, policyWidth(family)]));
  const theta = graph.input('generator', plain([layout.total]));
  const tensors = new Map(
    layout.parameters.map(({ name, dims, offset, size }) => [
      name,
      reshape(slice(theta, [offset], [size]), dims),
    ]),
  );
  const tensor: TensorSource = (name) => tensors.get(parameterNamed(layout, name).name) as Value;
  const policies = generate(family.decisions, target, uniform, temperature, tensor);
  return { ...policies, graph, target, theta, tensors: [...tensors.values()] };
}

/** Costs of the policies, (MACs − min)/(max − min), [N,1]. */
function costsOf({ family, rows }: GeneratorShape, { graph, chosen }: Built): Value {
  const { min, max } = costScaleOf(family);
  const range = Math.max(1, max - min);
  const policy = (id: string): Value => chosen.get(id) as Value;
  return sub(family.cost(graph, policy, rows, range), graph.scalar(min / range));
}

/** Inputs target, uniform and generator; outputs choices [N,U], one-hot, and costs [N,1]. */
export function sampleGraph(shape: GeneratorShape, layout: ParameterLayout): Graph {
  const built = build(shape, layout);
  built.graph.output('choices', concat([...built.chosen.values()], 1));
  built.graph.output('costs', costsOf(shape, built));
  return built.graph;
}

export interface GeneratorLoss {
  /** λ. */
  readonly costWeight: number;
  /** η. */
  readonly entropyWeight: number;
}

/** Mean over rows of the entropies of all decisions, in nats, over the number of decisions. */
function meanEntropy(logits: readonly Value[], rows: number): Value {
  const entropies = logits.map((scores) =>
    scale(sumAll(mul(softmax(scores), logSoftmax(scores))), -1),
  );
  return scale(
    entropies.reduce((total, entropy) => add(total, entropy)),
    1 / (rows * logits.length),
  );
}

/**
 * One Adam step on Σ taskGradient⊙p + λ·(1/N)·Σₙ (E(pₙ) − Cₙ)² − η·H, E and C costs between smallest (0) and largest (1).
 * Inputs: those of `sampleGraph`, taskGradient [N,U], firstMoment and secondMoment [G], learningRate, firstCorrection and
 * secondCorrection []. Outputs: `next generator`, `next firstMoment`, `next secondMoment` [G], costLoss []. The gradient
 * is clipped to length 1.
 * @see Zhang et al. 2023, ShiftNAS eq. 10 — Differs: the cost is a form that is exact for every choice, not a sum of
 * independent costs; its loss is averaged over N targets of which one network is trained; η·H, off by default
 */
export function generatorStepGraph(
  shape: GeneratorShape,
  layout: ParameterLayout,
  { costWeight, entropyWeight }: GeneratorLoss,
): Graph {
  const built = build(shape, layout);
  const { graph, target, theta, tensors, chosen, logits } = built;
  const { rows } = shape;
  const width = policyWidth(shape.family);
  const task = graph.input('taskGradient', plain([rows, width]));
  const vector = (name: string): Value => graph.input(name, plain([layout.total]));
  const [firstMoment, secondMoment] = [vector('firstMoment'), vector('secondMoment')];
  const number = (name: string): Value => graph.input(name, plain([]));

  const miss = sub(costsOf(shape, built), target);
  const costLoss = scale(sumAll(mul(miss, miss)), 1 / rows);
  const fromTask = sumAll(mul(task, concat([...chosen.values()], 1)));
  const weighted = add(fromTask, scale(costLoss, costWeight));
  const loss =
    entropyWeight === 0 ? weighted : sub(weighted, scale(meanEntropy(logits, rows), entropyWeight));
  const next = adam({
    theta,
    firstMoment,
    secondMoment,
    gradient: clipByGlobalNorm(flattenAll(gradient(loss, tensors)), gradientNorm),
    learningRate: number('learningRate'),
    firstCorrection: number('firstCorrection'),
    secondCorrection: number('secondCorrection'),
  });
  graph.output('next generator', next.theta);
  graph.output('next firstMoment', next.firstMoment);
  graph.output('next secondMoment', next.secondMoment);
  graph.output('costLoss', costLoss);
  return graph;
}

/** Index of each decision of each row: 0 where there is one value only. */
export function readChoices(
  { decisions }: Pick<AnyFamily, 'decisions'>,
  choices: Float32Array,
  rows: number,
): readonly (readonly number[])[] {
  const width = choices.length / rows;
  return Array.from({ length: rows }, (_, row) => {
    let at = row * width;
    return decisions.map(({ values }) => {
      if (values.length === 1) return 0;
      const index = choices.subarray(at, at + values.length).indexOf(1);
      at += values.length;
      return index;
    });
  });
}
