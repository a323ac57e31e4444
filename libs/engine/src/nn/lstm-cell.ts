/** @file One step of a long short-term memory. */
import type { Value } from '../graph/value';
import { add } from '../ops/add';
import { mul } from '../ops/mul';
import { sigmoid } from '../ops/sigmoid';
import { slice } from '../ops/slice';
import { tanh } from '../ops/tanh';
import { linear } from './linear';

export interface LstmState {
  /** h and c, [N,H] each. */
  readonly hidden: Value;
  readonly cell: Value;
}

export interface LstmWeights {
  /** [4H,D]: rows of the input, forget, candidate and output gate, in PyTorch's order. */
  readonly input: Value;
  /** [4H,H]. */
  readonly hidden: Value;
  /** [4H]. */
  readonly bias: Value;
}

/**
 * i, f, o = σ(…), g = tanh(…) of x·Wᵢᵀ + h·Wₕᵀ + b; c' = f⊙c + i⊙g; h' = o⊙tanh c'.
 * Shapes: x [N,D], state [N,H], H known → next state.
 * @throws {ShapeError} a weight or the state does not fit
 * @see Hochreiter & Schmidhuber 1997; Gers et al. 2000 — the forget gate
 */
export function lstmCell(x: Value, state: LstmState, weights: LstmWeights): LstmState {
  const { dims } = state.hidden.type;
  const size = dims[1] as number;
  const gates = add(linear(x, weights.input, weights.bias), linear(state.hidden, weights.hidden));
  const gate = (which: number): Value => slice(gates, [0, which * size], dims);
  const kept = mul(sigmoid(gate(1)), state.cell);
  const cell = add(kept, mul(sigmoid(gate(0)), tanh(gate(2))));
  return { cell, hidden: mul(sigmoid(gate(3)), tanh(cell)) };
}
