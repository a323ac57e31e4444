/** @file Sizes of a MABN and the tensors that follow from them. */
import { ValidationError } from '@sextant/common';

export interface MabnSizes {
  /** Length of an architecture's feature vector. */
  readonly features: number;
  /** Outputs of the first layer, cut into `segments` tokens of equal length. */
  readonly project: number;
  readonly segments: number;
  /** Width of a token inside the mixer. */
  readonly width: number;
  readonly depth: number;
  /** Hidden units of the channel-mixing layers, as a multiple of the width. */
  readonly channelExpansion: number;
  /** Hidden units of the token-mixing layers, as a multiple of what they mix. */
  readonly tokenExpansion: number;
  /** `paper-code`: the published code's, which mixes channels a second time; `true`: across segments. */
  readonly tokenMixing: 'paper-code' | 'true';
  /** Hidden units of the head. */
  readonly head: number;
  /** In [0, 1). */
  readonly dropout: number;
}

/** @see Dong et al. 2025, ParZC, arXiv:2402.02105 — the published code's sizes for NAS-Bench-201 */
export const paperMabn: MabnSizes = {
  features: 294,
  project: 256,
  segments: 16,
  width: 512,
  depth: 4,
  channelExpansion: 4,
  tokenExpansion: 0.5,
  tokenMixing: 'paper-code',
  head: 256,
  dropout: 0.1,
};

/** How a tensor starts: uniform in (−bound, bound), or constant. */
export type Start = { readonly uniform: number } | { readonly constant: number };

export interface MabnTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** First element in the parameter vector. */
  readonly offset: number;
  readonly size: number;
  readonly start: Start;
}

/** Before it has a place. */
type Declared = Omit<MabnTensor, 'offset' | 'size'>;

/** σ = softplus(ρ) = 0.0067 at the start, as published. */
const startOfRho = -5;

const linear = (name: string, from: number, to: number, hasBias = true): Declared[] => {
  const start = { uniform: 1 / Math.sqrt(from) };
  const weight = { name: `${name}.weight`, dims: [to, from], start };
  return hasBias ? [weight, { name: `${name}.bias`, dims: [to], start }] : [weight];
};

const bayesian = (name: string, from: number, to: number): Declared[] => [
  { name: `${name}.mu`, dims: [to, from], start: { uniform: 1 / Math.sqrt(from) } },
  { name: `${name}.rho`, dims: [to, from], start: { constant: startOfRho } },
];

const norm = (name: string, width: number): Declared[] => [
  { name: `${name}.gamma`, dims: [width], start: { constant: 1 } },
  { name: `${name}.beta`, dims: [width], start: { constant: 0 } },
];

/** Units that a feed-forward pair mixes, and its hidden ones. */
export const mixedUnits = (
  { width, segments, channelExpansion, tokenExpansion, tokenMixing }: MabnSizes,
  kind: 'channels' | 'tokens',
): { readonly mixed: number; readonly hidden: number } => {
  const mixed = kind === 'tokens' && tokenMixing === 'true' ? segments : width;
  const expansion = kind === 'tokens' ? tokenExpansion : channelExpansion;
  return { mixed, hidden: Math.max(1, Math.round(expansion * mixed)) };
};

function mixer(sizes: MabnSizes, block: number): Declared[] {
  return (['channels', 'tokens'] as const).flatMap((kind) => {
    const { mixed, hidden } = mixedUnits(sizes, kind);
    const name = `blocks.${block}.${kind}`;
    return [
      ...norm(`${name}.norm`, sizes.width),
      ...linear(`${name}.in`, mixed, hidden),
      ...linear(`${name}.out`, hidden, mixed),
    ];
  });
}

function requireSizes(sizes: MabnSizes): void {
  const whole = ['features', 'project', 'segments', 'width', 'head'] as const;
  for (const name of whole) {
    if (Number.isInteger(sizes[name]) && sizes[name] > 0) continue;
    throw new ValidationError(`MABN: ${name} is ${sizes[name]}, expected an integer above 0`);
  }
  if (!Number.isInteger(sizes.depth) || sizes.depth < 0) {
    throw new ValidationError(`MABN: depth is ${sizes.depth}, expected an integer from 0`);
  }
  if (sizes.project % sizes.segments !== 0) {
    throw new ValidationError(
      `MABN: ${sizes.project} projected features do not divide into ${sizes.segments} segments`,
    );
  }
}

/** The network's tensors, end to end. Linear layers start as PyTorch's. @throws {ValidationError} sizes that do not fit */
export function mabnTensors(sizes: MabnSizes): readonly MabnTensor[] {
  requireSizes(sizes);
  const declared = [
    ...linear('project', sizes.features, sizes.project),
    ...bayesian('embed', sizes.project / sizes.segments, sizes.width),
    ...Array.from({ length: sizes.depth }, (_, block) => mixer(sizes, block)).flat(),
    ...norm('norm', sizes.width),
    ...bayesian('combine', sizes.width, sizes.width),
    ...linear('head.in', sizes.width, sizes.head, false),
    ...linear('head.out', sizes.head, 1, false),
  ];
  let offset = 0;
  return declared.map((tensor): MabnTensor => {
    const size = tensor.dims.reduce((a, b) => a * b, 1);
    const placed = { ...tensor, offset, size };
    offset += size;
    return placed;
  });
}

/** Number of trained parameters; a Bayesian weight has two. */
export const mabnParameterCount = (sizes: MabnSizes): number =>
  mabnTensors(sizes).reduce((sum, { size }) => sum + size, 0);
