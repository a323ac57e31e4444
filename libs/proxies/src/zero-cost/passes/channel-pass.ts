/** @file How channels of feature maps go together, for one random image. */
import {
  divideBy,
  expand,
  flattenAll,
  matmul,
  reshape,
  sub,
  sum,
  toPlain,
  type Graph,
  type Value,
} from '@sextant/engine';
import { assemble, type Subject } from '../network/assemble';
import { Gathered } from '../network/gathered';
import { frameworkDefault } from '../network/initial-weights';
import { vectorFeed } from './feeds';
import { gaussianImages } from './gaussian';
import { floatsOf, nothingToCollect, openPass, type PassDeclaration } from './pass';

/** Height and width of the image, whatever the network's own images. */
const side = 64;

/** Σ over pixels of centred channels times centred channels [C,C], of a map [1,C,H,W]. */
function centredProducts(map: Value): Value {
  const [, c, h, w] = map.type.dims as readonly [number, number, number, number];
  const rows = reshape(toPlain(map), [c, h * w]);
  const mean = divideBy(sum(rows, [1]), h * w);
  const centred = sub(rows, expand(mean, [c, h * w]));
  return matmul(centred, centred, false, true);
}

/**
 * Inputs: images (one), theta, architecture. Output: `products` [C·C] of the outputs of convolutions, normalisations and ReLUs end
 * to end; −1 where a map is not made (a sum of squares is none). No output where the network has no such maps.
 */
export function channelGraph<A>(
  subject: Subject<A>,
  size: number,
): { readonly graph: Graph; readonly channels: readonly number[] } | null {
  const image = { ...subject.family.imageOf(subject.architecture), height: size, width: size };
  let maps: Gathered | null = null;
  const { graph } = assemble(subject, {
    batchSize: 1,
    image,
    instruments(of) {
      const gathered = new Gathered(of, -1);
      maps = gathered;
      const look = (output: Value): Value => {
        if (output.type.layout === 'feature') gathered.add(centredProducts(output));
        return output;
      };
      return {
        norm: 'composite',
        onLayer: (_layer, output) => look(output),
        onNorm: look,
        onActivation: (_input, output) => look(output),
      };
    },
  });
  const hoisted = (maps as Gathered | null)?.hoisted() ?? [];
  if (hoisted.length === 0) return null;
  graph.output('products', flattenAll(hoisted));
  return { graph, channels: hoisted.map(({ type }) => type.dims[0] as number) };
}

export const channelPass: PassDeclaration = {
  gives: ['channelProducts'],
  async open(subject, _needs, context) {
    const image = subject.family.imageOf(subject.architecture);
    if (!channelGraph(subject, image.height)) return nothingToCollect;
    const built = channelGraph(subject, side);
    if (!built) return nothingToCollect;
    const pass = await openPass(subject, built.graph, context.runtime);
    const theta = vectorFeed(context.theta(subject.description, frameworkDefault));
    const size = { ...image, height: side, width: side };
    const feeds = { images: gaussianImages(context.rng('meco'), 1, size), theta };
    return {
      async collect(architecture) {
        const products = floatsOf((await pass.run(architecture, feeds))['products']);
        let offset = 0;
        const all = built.channels.map((channels) => {
          const part = products.subarray(offset, offset + channels ** 2);
          offset += channels ** 2;
          return { channels, products: part };
        });
        return { channelProducts: all.filter((map) => (map.products[0] as number) >= 0) };
      },
      release: () => pass.release(),
    };
  },
};
