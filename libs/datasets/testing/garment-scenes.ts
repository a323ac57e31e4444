/** @file A folder of scenes made of real pictures of garments, as a user would have it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { rng } from '@sextant/common';
import { openDataset, type ImageSet } from '../src';

const side = 32;
/** A pixel of a garment is brighter. */
const background = 24;

function scene(set: ImageSet, at: number, width: number, offset: readonly [number, number]) {
  const garment = set.images.subarray(at * width * width, (at + 1) * width * width);
  const label = set.labels[at] as number;
  const [image, mask] = [new Uint8Array(side * side), new Uint8Array(side * side)];
  let [left, top, right, bottom] = [side, side, 0, 0];
  garment.forEach((value, pixel) => {
    if (value <= background) return;
    const [x, y] = [(pixel % width) + offset[0], Math.floor(pixel / width) + offset[1]];
    image[y * side + x] = value;
    mask[y * side + x] = label + 1;
    [left, top] = [Math.min(left, x), Math.min(top, y)];
    [right, bottom] = [Math.max(right, x + 1), Math.max(bottom, y + 1)];
  });
  return { image, mask, target: { label, boxes: [[label, left, top, right, bottom]] } };
}

/** Writes `<root>/<id>`: one garment of Fashion-MNIST a scene of 32×32, somewhere in it. */
export async function writeGarmentScenes(
  root: string,
  id: string,
  counts: { readonly train: number; readonly test: number },
): Promise<void> {
  const folder = path.join(root, id);
  mkdirSync(folder, { recursive: true });
  const garments = await openDataset('fashion-mnist-subset');
  const { classes, width } = garments;
  const description = { name: id, format: 'scenes', classes };
  writeFileSync(path.join(folder, 'dataset.json'), JSON.stringify(description));
  const draw = rng(1, 'garment scenes');
  for (const part of ['train', 'test'] as const) {
    const count = counts[part];
    const scenes = Array.from({ length: count }, (_, at) =>
      scene(garments[part], at, width, [draw.int(side - width), draw.int(side - width)]),
    );
    const write = (name: string, content: string | Uint8Array): void =>
      writeFileSync(path.join(folder, `${part}_${name}.gz`), gzipSync(content));
    const size = `${count}x${side}x${side}`;
    write(`images_u8_${size}`, Buffer.concat(scenes.map(({ image }) => image)));
    write(`masks_u8_${size}`, Buffer.concat(scenes.map(({ mask }) => mask)));
    write('targets.jsonl', scenes.map(({ target }) => JSON.stringify(target)).join('\n'));
  }
}
