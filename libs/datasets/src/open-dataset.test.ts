import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  copyFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatasetFormatError, DatasetNotFoundError } from '@sextant/common';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { listDatasets, openDataset } from '.';

const root = mkdtempSync(path.join(os.tmpdir(), 'sextant-datasets-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let id = 'd0';
let next = 0;
beforeEach(() => {
  id = `d${next++}`;
  mkdirSync(path.join(root, id));
});

const put = (name: string, bytes: Uint8Array | string): void => {
  mkdirSync(path.dirname(path.join(root, id, name)), { recursive: true });
  writeFileSync(path.join(root, id, name), bytes);
};
const idx = (dims: number[], data: number[]): Uint8Array => {
  const header = Buffer.alloc(4 + 4 * dims.length);
  header.writeUInt8(8, 2);
  header.writeUInt8(dims.length, 3);
  dims.forEach((dim, at) => header.writeUInt32BE(dim, 4 + 4 * at));
  return Buffer.concat([header, Buffer.from(data)]);
};
const idxSet = (overrides: Record<string, Uint8Array> = {}): void => {
  const files = {
    a: idx([2, 2, 2], [0, 51, 102, 153, 204, 255, 0, 255]),
    b: idx([2], [0, 1]),
    c: idx([1, 2, 2], [1, 2, 3, 4]),
    d: idx([1], [1]),
    ...overrides,
  };
  for (const [name, bytes] of Object.entries(files)) put(name, bytes);
  const named = { trainImages: 'a', trainLabels: 'b', testImages: 'c', testLabels: 'd' };
  put(
    'dataset.json',
    JSON.stringify({ name: 'tiny', format: 'idx', classes: ['x', 'y'], files: named }),
  );
};
const open = () => openDataset(id, { root });

describe('the shipped data set', () => {
  it('is Fashion-MNIST: 1,000 + 200 images of each class, checked by checksum', async () => {
    const dataset = await openDataset('fashion-mnist-subset');
    expect([dataset.train.count, dataset.test.count, dataset.height, dataset.channels]).toEqual([
      10_000, 2_000, 28, 1,
    ]);
    for (let label = 0; label < 10; label++) {
      expect(dataset.train.labels.filter((it) => it === label)).toHaveLength(1000);
      expect(dataset.test.labels.filter((it) => it === label)).toHaveLength(200);
    }
    expect(dataset.mean[0]).toBeCloseTo(0.286, 2);
    // sha256sum of the four inflated files without their headers, one after another
    expect(dataset.sha256).toBe('d5b91c929ef64cdf3fac6a13820932f698037ef77030a9584f3d6499a1ccee00');
    expect((await listDatasets()).map((it) => it.id)).toContain('fashion-mnist-subset');
  });
});

describe('IDX', () => {
  it('reads images, labels and statistics', async () => {
    idxSet();
    const dataset = await open();
    expect([...dataset.train.labels]).toEqual([0, 1]);
    expect(dataset.mean[0]).toBeCloseTo(0.5, 6);
  });
  it.each([
    ['another magic', { a: Uint8Array.of(1, 2, 3, 4) }, /not an IDX/],
    ['a file cut short', { a: idx([2, 2, 2], [1, 2, 3]) }, /holds 3 bytes/],
    ['counts that differ', { b: idx([3], [0, 1, 1]) }, /expected N×H×W/],
    ['a label out of range', { b: idx([2], [0, 2]) }, /label 2, there are 2 classes/],
    ['sizes that differ', { c: idx([1, 1, 4], [1, 2, 3, 4]) }, /train images are 2×2/],
  ])('refuses %s', async (_, overrides, message) => {
    idxSet(overrides);
    await expect(open()).rejects.toThrow(DatasetFormatError);
    await expect(open()).rejects.toThrow(message);
  });
  it('refuses a file that is a link, and one that is missing', async () => {
    idxSet();
    rmSync(path.join(root, id, 'a'));
    await expect(open()).rejects.toThrow(/missing/);
    symlinkSync('/etc/hostname', path.join(root, id, 'a'));
    await expect(open()).rejects.toThrow(/plain file/);
  });
});

describe('ids', () => {
  it.each(['../etc', 'a/b', '', 'A', 'nothing-here', 'a%2e'])('refuses %j', async (bad) => {
    await expect(openDataset(bad, { root })).rejects.toThrow(DatasetNotFoundError);
  });
  it('refuses a description with paths or unknown fields', async () => {
    put('dataset.json', JSON.stringify({ name: 'x', format: 'image-folder', colour: 1 }));
    await expect(open()).rejects.toThrow(DatasetFormatError);
    put('dataset.json', '{');
    await expect(open()).rejects.toThrow(/not JSON/);
  });
});

describe('image folders', () => {
  const png = (size: number, level: number): Uint8Array => {
    const picture = new PNG({ width: size, height: size });
    picture.data.fill(level);
    return PNG.sync.write(picture);
  };
  const folder = (): void => {
    put('dataset.json', JSON.stringify({ name: 'pictures', format: 'image-folder' }));
    for (const part of ['train', 'test']) {
      put(`${part}/cat/1.png`, png(4, 200));
      put(
        `${part}/dog/1.jpg`,
        jpeg.encode({ width: 4, height: 4, data: Buffer.alloc(64, 100) }, 95).data,
      );
    }
  };
  it('reads PNG and JPEG as three planes, classes by name', async () => {
    folder();
    const dataset = await open();
    expect(dataset.classes).toEqual(['cat', 'dog']);
    expect([...dataset.train.images.slice(0, 48)]).toEqual(new Array(48).fill(200));
    expect(Math.abs(dataset.train.images[48]! - 100)).toBeLessThan(3);
  });
  it('refuses mixed sizes, broken files, and classes that differ', async () => {
    folder();
    put('train/cat/2.png', png(5, 1));
    await expect(open()).rejects.toThrow(/resize all images/);
    put('train/cat/2.png', 'no picture');
    await expect(open()).rejects.toThrow(/cannot be decoded/);
    rmSync(path.join(root, id, 'train/cat'), { recursive: true });
    await expect(open()).rejects.toThrow(/must be the same/);
  });
});

const shared =
  process.env['SEXTANT_DATA'] ?? path.join(import.meta.dirname, '../../../../shared/data');
const cifar = path.join(shared, 'cifar10');
const without = existsSync(cifar) ? '' : ' (skipped: no cifar10 folder in SEXTANT_DATA)';

describe('real CIFAR-10', () => {
  const classes = [
    'airplane',
    'automobile',
    'bird',
    'cat',
    'deer',
    'dog',
    'frog',
    'horse',
    'ship',
    'truck',
  ];
  it.skipIf(without)(`is read from its binary format${without}`, async () => {
    for (const name of ['train_4000.bin.gz', 'test_1000.bin.gz'])
      copyFileSync(path.join(cifar, name), path.join(root, id, name));
    const files = { train: ['train_4000.bin.gz'], test: ['test_1000.bin.gz'] };
    put(
      'dataset.json',
      JSON.stringify({ name: 'CIFAR-10', format: 'cifar10-binary', classes, files }),
    );
    const dataset = await open();
    expect([dataset.train.count, dataset.test.count]).toEqual([4000, 1000]);
    expect(new Set(dataset.train.labels).size).toBe(10);
    for (const mean of dataset.mean) expect(mean).toBeGreaterThan(0.4);
  });
  it.skipIf(without)(`is read from a folder of JPEGs${without}`, async () => {
    execFileSync('tar', [
      '-xf',
      path.join(cifar, 'jpeg_12500.tar'),
      '-C',
      path.join(root, id),
      '--wildcards',
      '*/000?.jpg',
    ]);
    put('dataset.json', JSON.stringify({ name: 'CIFAR-10', format: 'image-folder' }));
    const dataset = await open();
    expect(dataset.classes).toEqual(classes);
    expect([dataset.height, dataset.width, dataset.channels]).toEqual([32, 32, 3]);
  });
});
