/** @file Gradients of images one by one, each a batch of its own: the signs they agree on. */
import { frameworkDefault } from '../network/initial-weights';
import { batchGraph } from './batch-pass';
import { oneHot, vectorFeed, type BatchFeed } from './feeds';
import { floatsOf, openPass, splitBySize, type PassDeclaration } from './pass';

/** The leading images of the batch. */
const imageCount = 16;

/** Image `at` of a batch as a batch. */
function oneImage({ images, labels }: BatchFeed, at: number, classes: number) {
  const [, ...dims] = images.dims;
  const length = dims.reduce((a, b) => a * b, 1);
  const pixels = (images.data as Float32Array).subarray(at * length, (at + 1) * length);
  return {
    images: { data: pixels, dims: [1, ...dims] },
    targets: oneHot([labels[at] as number], classes),
  };
}

function addSigns(sums: Int32Array, gradients: Float32Array): void {
  for (let at = 0; at < sums.length; at++) {
    sums[at] = (sums[at] as number) + Math.sign(gradients[at] as number);
  }
}

export const singleImagePass: PassDeclaration = {
  gives: ['signSums'],
  async open(subject, _needs, context) {
    const { graph } = batchGraph(subject, 1, new Set(['gradients'] as const));
    const pass = await openPass(subject, graph, context.runtime);
    const batch = context.batch();
    const { layers: all } = subject.description;
    const theta = vectorFeed(context.theta(subject.description, frameworkDefault));
    const count = Math.min(imageCount, batch.size);
    const feeds = Array.from({ length: count }, (_, at) => ({
      ...oneImage(batch, at, subject.family.classes),
      theta,
    }));
    return {
      async collect(architecture, layers) {
        const signSums = layers.map(({ size }) => new Int32Array(size));
        for (const feed of feeds) {
          const gradients = floatsOf((await pass.run(architecture, feed))['gradients']);
          const byLayer = splitBySize(all, gradients, ({ size }) => size);
          layers.forEach((layer, at) =>
            addSigns(signSums[at] as Int32Array, byLayer.get(layer) as Float32Array),
          );
        }
        return { signSums };
      },
      release: () => pass.release(),
    };
  },
};
