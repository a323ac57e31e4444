/** @file Which images each unit of a network is open for. */
import {
  flattenAll,
  greater,
  matmul,
  reshape,
  toPlain,
  type Graph,
  type Value,
} from '@sextant/engine';
import { assemble, type Subject } from '../network/assemble';
import { Gathered } from '../network/gathered';
import { frameworkDefault } from '../network/initial-weights';
import { vectorFeed, type BatchFeed } from './feeds';
import { floatsOf, nothingToCollect, openPass, type PassDeclaration } from './pass';

const mostImages = 32;
/** Images of one word: a float32 holds their sum of powers of two exactly. */
const bits = 16;

/** [2,N]: row w holds 2^(n − 16w) where image n is of word w. */
function powers(graph: Graph, images: number): Value {
  const data = new Float32Array(2 * images);
  for (let n = 0; n < images; n++) data[Math.floor(n / bits) * images + n] = 2 ** (n % bits);
  return graph.constant(data, [2, images]);
}

/**
 * Inputs: images, theta, architecture. Output: `words` [2·M] for the maps of M units, one after another: two words of 16 images for
 * each unit; −1 where a map is not made. No output where the network has no ReLU on maps.
 */
export function patternGraph<A>(
  subject: Subject<A>,
  images: number,
): { readonly graph: Graph; readonly unitsOfMaps: readonly number[] } | null {
  let words: Gathered | null = null;
  const { graph } = assemble(subject, {
    batchSize: images,
    instruments(of) {
      const gathered = new Gathered(of, -1);
      const weights = powers(of, images);
      words = gathered;
      return {
        norm: 'batch',
        onActivation(_input, output) {
          if (output.type.layout !== 'feature') return;
          const units = (output.type.dims.slice(1) as number[]).reduce((a, b) => a * b, 1);
          const open = greater(toPlain(output), of.scalar(0));
          gathered.add(matmul(weights, reshape(open, [images, units])));
        },
      };
    },
  });
  const hoisted = (words as Gathered | null)?.hoisted() ?? [];
  if (hoisted.length === 0) return null;
  graph.output('words', flattenAll(hoisted));
  return { graph, unitsOfMaps: hoisted.map(({ type }) => type.dims[1] as number) };
}

/** One number of 32 bits for each unit of the maps that were made. */
function patternsOf(words: Float32Array, unitsOfMaps: readonly number[]): Uint32Array {
  const patterns = new Uint32Array(words.length / 2);
  let [count, offset] = [0, 0];
  for (const units of unitsOfMaps) {
    const isMade = (words[offset] as number) >= 0;
    for (let unit = offset; isMade && unit < offset + units; unit++) {
      patterns[count++] = (words[unit] as number) + 2 ** bits * (words[unit + units] as number);
    }
    offset += 2 * units;
  }
  return patterns.subarray(0, count);
}

function leadingImages({ images, size }: BatchFeed, count: number) {
  const [, ...dims] = images.dims;
  const data = images.data as Float32Array;
  return { data: data.subarray(0, (data.length / size) * count), dims: [count, ...dims] };
}

export const patternPass: PassDeclaration = {
  gives: ['patterns'],
  async open(subject, _needs, context) {
    const batch = context.batch();
    const count = Math.min(mostImages, batch.size);
    const built = patternGraph(subject, count);
    if (!built) return nothingToCollect;
    const { graph, unitsOfMaps } = built;
    const pass = await openPass(subject, graph, context.runtime);
    const theta = vectorFeed(context.theta(subject.description, frameworkDefault));
    const feeds = { images: leadingImages(batch, count), theta };
    return {
      async collect(architecture) {
        const words = floatsOf((await pass.run(architecture, feeds))['words']);
        return { patterns: patternsOf(words, unitsOfMaps) };
      },
      release: () => pass.release(),
    };
  },
};
