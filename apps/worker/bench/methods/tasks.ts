/** @file The images and spaces that methods are compared on. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { openDataset, readIdx, type Dataset } from '@sextant/datasets';
import { searchSpaces, transformerSpaces } from '@sextant/search-space';
import type { AnySpace, LabelledImages } from '@sextant/supernet';
import { preset } from './part';

export interface Task<Space extends AnySpace = AnySpace> {
  readonly name: string;
  readonly space: Space;
  readonly dataset: Dataset;
}

const cifarClasses = [
  ...['airplane', 'automobile', 'bird', 'cat', 'deer'],
  ...['dog', 'frog', 'horse', 'ship', 'truck'],
];
const cifarFiles = { train: ['train_4000.bin.gz'], test: ['test_1000.bin.gz'] };

/** 4,000 + 1,000 images of CIFAR-10 below `SEXTANT_DATA`, else `../shared/data`; null where they are not there. */
async function openCifar10(): Promise<Dataset | null> {
  const folder = path.join(process.env['SEXTANT_DATA'] ?? '../shared/data', 'cifar10');
  if (!existsSync(folder)) return null;
  const root = mkdtempSync(path.join(os.tmpdir(), 'sextant-cifar10-'));
  try {
    const home = path.join(root, 'cifar10');
    mkdirSync(home);
    for (const [name] of Object.values(cifarFiles)) {
      copyFileSync(path.join(folder, name as string), path.join(home, name as string));
    }
    const description = {
      ...{ name: 'CIFAR-10', format: 'cifar10-binary' },
      ...{ classes: cifarClasses, files: cifarFiles },
    };
    writeFileSync(path.join(home, 'dataset.json'), JSON.stringify(description));
    return await openDataset('cifar10', { root });
  } finally {
    rmSync(root, { recursive: true });
  }
}

const fashion = (): Promise<Dataset> => openDataset('fashion-mnist-subset');

/** Where Debian's package `dataset-fashion-mnist` has its files. */
const wholeFashion = '/usr/share/datasets/fashion-mnist';

/**
 * The test images that few networks are told apart by: all 10,000 of Fashion-MNIST where Debian's package is installed, else the 2,000
 * that ship with us, as with `--quick`.
 */
function fashionExam(dataset: Dataset): LabelledImages {
  if (preset === 'quick' || !existsSync(wholeFashion)) return dataset.test;
  const read = (name: string): Uint8Array => {
    const file = path.join(wholeFashion, `t10k-${name}-ubyte.gz`);
    return readIdx(gunzipSync(readFileSync(file)), file).data;
  };
  const labels = read('labels-idx1');
  return { images: read('images-idx3'), labels, count: labels.length };
}

export const fashionTask = async (space: 'mbconv-fashion-mnist-v1' | 'mbconv-fashion-mnist-v2') => {
  const dataset = await fashion();
  return {
    name: `Fashion-MNIST, 10,000 + 2,000, ${space}`,
    space: searchSpaces[space],
    dataset,
    exam: fashionExam(dataset),
  };
};

/** Null where its images are not. */
export async function cifar10Task() {
  const dataset = await openCifar10();
  const space = searchSpaces['mbconv-cifar10-v1'];
  return (
    dataset && {
      name: `CIFAR-10, 4,000 + 1,000, ${space.name}`,
      space,
      dataset,
      exam: dataset.test,
    }
  );
}

export const transformerTask = async () => ({
  name: 'Fashion-MNIST, vision transformers',
  space: transformerSpaces['vit-fashion-mnist-v1'],
  dataset: await fashion(),
});
