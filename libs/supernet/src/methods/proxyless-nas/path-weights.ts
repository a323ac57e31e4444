/** @file Weights of every candidate in one store, and those of one path as a vector no longer than a network's. */
import type { Rng } from '@sextant/common';
import {
  blockLayers,
  blockParameters,
  childTensor,
  convNormParameters,
  headLayer,
  initialWeights,
  laidOut,
  largestSizes,
  linearParameters,
  networkLayout,
  parameterLayout,
  parameterNamed,
  placeTensor,
  classifierLayer,
  staticSizes,
  stemLayer,
  type Declared,
  type Parameter,
  type ParameterLayout,
} from '@sextant/networks';
import type { SearchSpace } from '@sextant/search-space';
import { architectureOf, presentBlocks, type Candidate, type Edge, type Path } from './edges';

/** Tensors of one candidate. */
export interface CandidateWeights {
  readonly layout: ParameterLayout;
  /** First number in the store. */
  readonly offset: number;
}

export interface PathWeights {
  /** Stem, last convolution, classifier: at the start of the store. */
  readonly shared: ParameterLayout;
  /** By edge and candidate. */
  readonly edges: readonly (readonly CandidateWeights[])[];
  /** Numbers of all candidates and what is shared. */
  readonly storeTotal: number;
  /** A path's vector: tensors of the largest network, each with room for any candidate's. */
  readonly path: ParameterLayout;
  /** The store: tensors that are shared, then `candidatesTensor`. */
  readonly store: ParameterLayout;
}

/** Name of the vector of all candidates in the store. */
export const candidatesTensor = 'candidates';

/** Blocks start as they are, not as identities: an operation that is 0 at first would be judged as `zero` is. */
const startingWhole = (declared: Declared): Declared =>
  declared.name.endsWith('.gamma') ? { ...declared, start: { constant: 1 } } : declared;

const candidateTensors = (candidate: Candidate, { activation }: SearchSpace): Declared[] =>
  candidate === 'zero'
    ? []
    : blockParameters(blockLayers(candidate.sizes, activation)).map(startingWhole);

function sharedLayout(space: SearchSpace): ParameterLayout {
  const sizes = largestSizes(space);
  const head = headLayer(sizes);
  return laidOut([
    ...convNormParameters(stemLayer(sizes)),
    ...(head ? convNormParameters(head) : []),
    ...linearParameters(classifierLayer(sizes)),
  ]);
}

/** Where everything lies. */
export function pathWeights(space: SearchSpace, edges: readonly Edge[]): PathWeights {
  const shared = sharedLayout(space);
  let storeTotal = shared.total;
  const places = edges.map(({ candidates }) =>
    candidates.map((candidate): CandidateWeights => {
      const layout = laidOut(candidateTensors(candidate, space));
      const offset = storeTotal;
      storeTotal += layout.total;
      return { layout, offset };
    }),
  );
  const size = storeTotal - shared.total;
  const candidates = {
    name: candidatesTensor,
    dims: [size],
    start: { constant: 0 },
    decays: false,
  };
  return {
    shared,
    edges: places,
    storeTotal,
    path: parameterLayout(space),
    store: laidOut([...shared.parameters, candidates]),
  };
}

/** Fresh weights of every candidate, He-normal; each draws from its own stream. */
export function initialStore({ shared, edges, storeTotal }: PathWeights, rng: Rng): Float32Array {
  const store = new Float32Array(storeTotal);
  store.set(initialWeights(shared, rng));
  edges.forEach((candidates, edge) =>
    candidates.forEach(({ layout, offset }, at) => {
      store.set(initialWeights(layout, rng.fork(`edge ${edge}`).fork(at)), offset);
    }),
  );
  return store;
}

/** Every tensor of a path: where it lies in the store, its place in the path's vector, and its own sizes. */
function* tensorsOf(
  { shared, edges, path: layout }: PathWeights,
  path: Path,
): Generator<{
  readonly start: number;
  readonly size: number;
  readonly place: Parameter;
  readonly dims: readonly number[];
}> {
  const parts = [
    { layout: shared, offset: 0 },
    ...edges.map((candidates, edge) => candidates[path[edge] as number] as CandidateWeights),
  ];
  for (const part of parts) {
    for (const { name, dims, offset, size } of part.layout.parameters) {
      yield { start: part.offset + offset, size, place: parameterNamed(layout, name), dims };
    }
  }
}

/** The numbers of one path out of `store`, zeros where a smaller candidate leaves room. [path.total] */
export function gatherPath(weights: PathWeights, store: Float32Array, path: Path): Float32Array {
  const out = new Float32Array(weights.path.total);
  for (const { start, size, place, dims } of tensorsOf(weights, path)) {
    placeTensor(out, place, dims, store.subarray(start, start + size));
  }
  return out;
}

/** Writes the numbers of one path from `vector` into `store`; every other candidate's stay bit for bit. */
export function scatterPath(
  weights: PathWeights,
  store: Float32Array,
  path: Path,
  vector: Float32Array,
): void {
  for (const { start, place, dims } of tensorsOf(weights, path)) {
    store.set(childTensor(vector, place, dims), start);
  }
}

/** Fresh weights of one path's network, as a child of the space's parameter vector; zeros outside it. */
export function freshChild(
  space: SearchSpace,
  edges: readonly Edge[],
  path: Path,
  rng: Rng,
): Float32Array {
  const own = networkLayout(staticSizes(space, architectureOf(space, edges, path)));
  const drawn = initialWeights(own, rng);
  return placed(space, own, ({ offset, size }) => drawn.slice(offset, offset + size));
}

/** The weights a path has in the store, as a child of the space's parameter vector; zeros outside it. */
export function inheritedChild(
  space: SearchSpace,
  edges: readonly Edge[],
  weights: PathWeights,
  store: Float32Array,
  path: Path,
): Float32Array {
  const own = networkLayout(staticSizes(space, architectureOf(space, edges, path)));
  const sources = new Map<string, Float32Array>();
  const note = ({ parameters }: ParameterLayout, at: number, rename: (name: string) => string) => {
    for (const { name, dims, offset, size } of parameters) {
      const parameter = { name, dims, offset: at + offset, size };
      sources.set(rename(name), store.slice(parameter.offset, parameter.offset + size));
    }
  };
  note(weights.shared, 0, (name) => name);
  const counts = new Map<number, number>();
  for (const { edge, candidate } of presentBlocks(edges, path)) {
    const { stage, block } = candidate.sizes;
    const next = counts.get(stage) ?? 0;
    counts.set(stage, next + 1);
    const { layout, offset } = weights.edges[edge]?.[path[edge] as number] as CandidateWeights;
    const from = `stages.${stage}.blocks.${block}.`;
    note(layout, offset, (name) => name.replace(from, `stages.${stage}.blocks.${next}.`));
  }
  return placed(space, own, ({ name }) => sources.get(name) as Float32Array);
}

/** A network's tensors put where a child of the space has them. */
function placed(
  space: SearchSpace,
  { parameters }: ParameterLayout,
  tensorOf: (parameter: ParameterLayout['parameters'][number]) => Float32Array,
): Float32Array {
  const whole = parameterLayout(space);
  const theta = new Float32Array(whole.total);
  for (const parameter of parameters) {
    const place = parameterNamed(whole, parameter.name);
    placeTensor(theta, place, parameter.dims, tensorOf(parameter));
  }
  return theta;
}
