/** @file What a 1×1 convolution with normalisation needs of its maps, seen as matrices of channels by pixels. */
import type { Dim } from '../graph/dims';
import { keepsBlocks, type Emitter, type Stored } from '../graph/emitter';
import type { Value } from '../graph/value';
import {
  asBlocked,
  blockedDense,
  blockedMap,
  blockedMean,
  blockedOuter,
  blockedVector,
  denseFilter,
  lastChannels,
  blockedConv,
  staticSizes,
  type BlockedMap,
  type Sizes4,
} from './blocked';
import {
  channelCount,
  emitActivation,
  emitGated,
  epilogueOf,
  type Activation,
} from './channel-kernels';

interface Transposes {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** Small matrices are plain [rows, columns]; columns are [C,1]. `Map` is a feature map in the kernels' own storage. */
export interface MatrixKernels {
  /** N·H·W. */
  readonly count: string;
  weight(w: Value): string;
  column(vector: Value): string;
  flat(column: string): string;
  rowSums(matrix: string): string;
  product(a: string, b: string, transposes?: Transposes): string;
  /** x·xᵀ. */
  gram(x: Value): string;
  /** Mean over pixels, [C,1]. */
  mean(x: Value): string;
  /** dY where the activation let its input through, else 0; a map of Co channels. */
  gated(dY: Value, y: Value, activation: Activation): string;
  /** g·xᵀ [Co,Ci]. */
  outer(g: string, x: Value): string;
  /** Σ g over pixels, [Co,1]. */
  sum(g: string): string;
  /** activation(weight·x + shift). */
  convolve(x: Value, weight: string, shift: string, activation: Activation): Stored;
  /** forGradientᵀ·g + forInput·x + shift. */
  convolveBack(
    g: string,
    x: Value,
    parts: { readonly forGradient: string; readonly forInput: string; readonly shift: string },
  ): Stored;
}

const fusedMatMul = (
  emitter: Emitter,
  a: string,
  b: string,
  { transposeA = false, transposeB = false }: Transposes = {},
): string =>
  emitter.node('FusedMatMul', [a, b], {
    domain: 'com.microsoft',
    attributes: {
      transA: { int: Number(transposeA) },
      transB: { int: Number(transposeB) },
      alpha: { float: 1 },
    },
  });

/** What does not depend on the storage of maps. */
const smallParts = (emitter: Emitter, x: Value) => {
  const reshape = (name: string, dims: readonly Dim[]): string =>
    emitter.node('Reshape', [name, emitter.sizes(dims)]);
  return {
    count: channelCount(emitter, x),
    weight: (w: Value): string => reshape(emitter.stored(w, 'ordered'), w.type.dims.slice(0, 2)),
    column: (vector: Value): string => reshape(emitter.stored(vector, 'ordered'), [-1, 1]),
    flat: (column: string): string => reshape(column, [-1]),
    rowSums: (matrix: string): string =>
      emitter.node('ReduceSum', [matrix, emitter.ints([1])], {
        attributes: { keepdims: { int: 1 } },
      }),
    product: (a: string, b: string, transposes?: Transposes): string =>
      fusedMatMul(emitter, a, b, transposes),
  };
};

/** Kernels for x [N,Ci,H,W] and w [Co,Ci,1,1]: blocked where that is the lowering and sizes are known. */
export function matrixKernels(emitter: Emitter, x: Value, w: Value): MatrixKernels {
  const [sizes, weight] = [staticSizes(x), staticSizes(w)];
  if (keepsBlocks(emitter.lowering) && sizes && weight) {
    return blockedMatrices(emitter, x, sizes, weight);
  }
  return orderedMatrices(emitter, x, w);
}

function blockedMatrices(
  emitter: Emitter,
  like: Value,
  sizes: Sizes4,
  [co, ci]: Sizes4,
): MatrixKernels {
  const [n, , h, w] = sizes;
  const map = (value: Value): string => emitter.stored(value, 'blocked');
  const column = (vector: string): string =>
    emitter.node('Reshape', [vector, emitter.ints([-1, 1])]);
  const asWeight = (matrix: string, rows: number, columns: number): string =>
    emitter.node('Reshape', [matrix, emitter.ints([rows, columns, 1, 1])]);
  const vectorOf = (shift: string, channels: number): string =>
    blockedVector(emitter, emitter.node('Reshape', [shift, emitter.ints([-1])]), channels);
  const one = { groups: 1, kernel: [1, 1], stride: 1, pads: [0, 0, 0, 0] } as const;
  const input = (value: Value): BlockedMap => blockedMap(emitter, value, sizes);
  const output = (g: string): BlockedMap => ({
    name: g,
    sizes: [n, co, h, w],
    pixels: () => emitter.node('Reshape', [lastChannels(emitter, g, co), emitter.ints([-1, co])]),
  });
  return {
    ...smallParts(emitter, like),
    gram: (x) => blockedOuter(emitter, input(x), input(x)),
    mean: (x) => column(blockedMean(emitter, map(x), sizes)),
    gated: (dY, y, activation) => emitGated(emitter, map(dY), map(y), activation),
    outer: (g, x) => blockedOuter(emitter, output(g), input(x)),
    sum: (g) =>
      column(
        emitter.node('Mul', [blockedMean(emitter, g, [n, co, h, w]), emitter.scalar(n * h * w)]),
      ),
    convolve: (x, matrix, shift, activation) =>
      asBlocked(
        blockedConv(
          emitter,
          map(x),
          denseFilter(emitter, asWeight(matrix, co, ci), [co, ci, 1, 1]),
          {
            ...one,
            bias: vectorOf(shift, co),
            epilogue: epilogueOf(activation),
          },
        ),
      ),
    convolveBack(g, x, { forGradient, forInput, shift }) {
      const addend = blockedDense(emitter, map(x), asWeight(forInput, ci, ci), [ci, ci, 1, 1], 1);
      const turned = emitter.node('Transpose', [forGradient], {
        attributes: { perm: { ints: [1, 0] } },
      });
      const filter = denseFilter(emitter, asWeight(turned, ci, co), [ci, co, 1, 1]);
      return asBlocked(
        blockedConv(emitter, g, filter, { ...one, bias: vectorOf(shift, ci), addend }),
      );
    },
  };
}

function orderedMatrices(emitter: Emitter, like: Value, w: Value): MatrixKernels {
  const [n, , h, width] = like.type.dims as readonly [Dim, Dim, Dim, Dim];
  const [co, ci] = w.type.dims as readonly [Dim, Dim];
  const isSwapped = emitter.lowering.featureOrder === 'CNHW';
  const swap = (name: string): string =>
    emitter.node('Transpose', [name], { attributes: { perm: { ints: [1, 0, 2, 3] } } });
  const reshape = (name: string, dims: readonly Dim[]): string =>
    emitter.node('Reshape', [name, emitter.sizes(dims)]);
  /** A map as [C, pixels], and back. */
  const matrixOf = (name: string, channels: Dim): string =>
    reshape(isSwapped ? name : swap(name), [channels, -1]);
  const mapOf = (matrix: string, channels: Dim): Stored => {
    const map = reshape(matrix, [channels, n, h, width]);
    return { name: isSwapped ? map : swap(map), storage: 'ordered' };
  };
  const stored = (value: Value, channels: Dim): string =>
    matrixOf(emitter.stored(value, 'ordered'), channels);
  const rows = (matrix: string, reduction: 'ReduceSum' | 'ReduceMean'): string =>
    reduction === 'ReduceSum'
      ? emitter.node(reduction, [matrix, emitter.ints([1])], {
          attributes: { keepdims: { int: 1 } },
        })
      : emitter.node(reduction, [matrix], {
          attributes: { axes: { ints: [1] }, keepdims: { int: 1 } },
        });
  const gemm = (a: string, b: string, c: string, transposeA: boolean): string =>
    emitter.node('Gemm', [a, b, c], { attributes: { transA: { int: Number(transposeA) } } });
  return {
    ...smallParts(emitter, like),
    gram: (x) => fusedMatMul(emitter, stored(x, ci), stored(x, ci), { transposeB: true }),
    mean: (x) => rows(stored(x, ci), 'ReduceMean'),
    gated: (dY, y, activation) => emitGated(emitter, stored(dY, co), stored(y, co), activation),
    outer: (g, x) => fusedMatMul(emitter, g, stored(x, ci), { transposeB: true }),
    sum: (g) => rows(g, 'ReduceSum'),
    convolve: (x, matrix, shift, activation) =>
      mapOf(emitActivation(emitter, gemm(matrix, stored(x, ci), shift, false), activation), co),
    convolveBack: (g, x, { forGradient, forInput, shift }) =>
      mapOf(
        emitter.node('Add', [
          gemm(forGradient, g, shift, true),
          emitter.node('MatMul', [forInput, stored(x, ci)]),
        ]),
        ci,
      ),
  };
}
