/** @file Scenes of bright and striped rectangles, small enough to search on inside a unit test. */
import { rng } from '@sextant/common';
import { parseTopologySpace } from '@sextant/search-space';
import {
  bindTask,
  classification,
  detection,
  segmentation,
  type Box,
} from '../src/methods/fbnet-v5';

const side = 32;
export const tinySceneClasses = 2;

export const tinySceneFormat = {
  channels: 1,
  height: side,
  width: side,
  mean: [0.15],
  standardDeviation: [0.25],
};

/** Twelve edges and thirteen blocks to choose. */
export const tinyTopologySpace = parseTopologySpace({
  family: 'topology',
  name: 'tiny-topology',
  input: { channels: 1 },
  activation: 'relu6',
  stem: { width: 4, blocks: [{ width: 4, kernel: 3, expansion: 1 }] },
  paths: [
    [
      { width: 4, kernel: 3, expansion: 2 },
      { width: 4, kernel: 3, expansion: 2 },
    ],
    [{ width: 6, kernel: 3, expansion: 2 }],
    [{ width: 8, kernel: 3, expansion: 2, squeezeExcite: true }],
    [{ width: 8, kernel: 5, expansion: 1 }],
  ],
  stages: 2,
  divisor: 2,
});

/** One or two rectangles: class 0 is even, class 1 striped. The scene's class is that of the larger one. */
export function tinyScenes(count: number, seed = 1) {
  const pixels = side * side;
  const images = new Uint8Array(count * pixels);
  const masks: Uint8Array[] = [];
  const boxes: Box[][] = [];
  for (let scene = 0; scene < count; scene++) {
    const draw = rng(seed, 'tiny scenes').fork(scene);
    const image = images.subarray(scene * pixels, (scene + 1) * pixels);
    const mask = new Uint8Array(pixels);
    const isAlone = draw.uniform() < 0.5;
    // Halves of the scene, so that rectangles do not touch.
    const found = (isAlone ? [0] : [0, 1]).map((half): Box => {
      const [width, height] = [10 + draw.int(5), 12 + draw.int(14)];
      const left = half * 16 + draw.int(16 - width);
      const top = draw.int(side - height);
      return [draw.int(tinySceneClasses), left, top, left + width, top + height];
    });
    image.forEach((_, at) => (image[at] = draw.int(40)));
    for (const [label, left, top, right, bottom] of found) {
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) {
          mask[y * side + x] = label + 1;
          image[y * side + x] = label === 0 || y % 4 < 2 ? 200 + draw.int(40) : 60;
        }
      }
    }
    masks.push(mask);
    boxes.push(found);
  }
  const area = ([, left, top, right, bottom]: Box): number => (right - left) * (bottom - top);
  const labels = boxes.map(
    (found) => [...found].sort((a, b) => area(b) - area(a))[0]?.[0] as number,
  );
  return { images: { count, images }, labels, masks, boxes };
}

const size = { height: side, width: side };
export const tinyTasks = {
  classification: classification({ classes: tinySceneClasses, headWidth: 16 }),
  segmentation: segmentation({ classes: tinySceneClasses + 1, ...size, headWidth: 8 }),
  detection: detection({ classes: tinySceneClasses, ...size, headWidth: 12 }),
};

/** All three tasks with the scenes' own labels. */
export const boundTinyTasks = ({ labels, masks, boxes }: ReturnType<typeof tinyScenes>) => ({
  classification: bindTask(tinyTasks.classification, labels),
  segmentation: bindTask(tinyTasks.segmentation, masks),
  detection: bindTask(tinyTasks.detection, boxes),
});
