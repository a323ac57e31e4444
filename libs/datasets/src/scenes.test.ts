import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { DatasetFormatError, DatasetNotFoundError } from '@sextant/common';
import { withoutTables } from '@sextant/common/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { openScenes } from '.';

const root = mkdtempSync(path.join(os.tmpdir(), 'sextant-scenes-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const line = (label: number, ...boxes: readonly (readonly number[])[]) =>
  JSON.stringify({ label, boxes });

/** Two scenes of 2×3 to train on, one to test, with files replaced or (null) left out. */
function folderWith(changes: Readonly<Record<string, string | Uint8Array | null>> = {}): string {
  const folder = mkdtempSync(path.join(root, 'set-'));
  const files: Readonly<Record<string, string | Uint8Array | null>> = {
    train_images_u8_2x2x3: Uint8Array.of(0, 51, 102, 153, 204, 255, 255, 204, 153, 102, 51, 0),
    train_masks_u8_2x2x3: Uint8Array.of(0, 1, 1, 0, 1, 1, 2, 2, 0, 0, 0, 0),
    'train_targets.jsonl': `${line(0, [0, 1, 0, 3, 2])}\n${line(1, [1, 0, 0, 2, 1])}\n`,
    test_images_u8_1x2x3: new Uint8Array(6),
    test_masks_u8_1x2x3: new Uint8Array(6),
    'test_targets.jsonl': `${line(1)}\n`,
    ...changes,
  };
  for (const [name, content] of Object.entries(files)) {
    if (content !== null) writeFileSync(path.join(folder, `${name}.gz`), gzipSync(content));
  }
  return folder;
}

describe('openScenes', () => {
  it('reads images, masks, labels and boxes, and what pixels are normalised by', async () => {
    const { train, test, ...shape } = await openScenes(folderWith(), 2);
    expect(shape).toMatchObject({ channels: 1, height: 2, width: 3, classes: 2 });
    expect(shape.mean[0]).toBeCloseTo(0.5, 9);
    expect([train.count, test.count]).toEqual([2, 1]);
    expect([...train.labels]).toEqual([0, 1]);
    expect(train.boxes).toEqual([[[0, 1, 0, 3, 2]], [[1, 0, 0, 2, 1]]]);
    expect([...train.masks.subarray(6)]).toEqual([2, 2, 0, 0, 0, 0]);
    expect(test.boxes).toEqual([[]]);
    // of a Buffer a slice is no copy
    expect(train.masks).not.toBeInstanceOf(Buffer);
  });

  it('has a checksum of everything that was read', async () => {
    const { sha256 } = await openScenes(folderWith(), 2);
    expect((await openScenes(folderWith(), 2)).sha256).toBe(sha256);
    const other = folderWith({ 'test_targets.jsonl': line(0) });
    expect((await openScenes(other, 2)).sha256).not.toBe(sha256);
  });

  it.each([
    [{ train_masks_u8_2x2x3: null }, /needs one file train_masks_u8_<N>x<H>x<W>.gz, has none/],
    [{ train_images_u8_2x2x4: new Uint8Array(16) }, /has several/],
    [{ train_images_u8_2x2x3: new Uint8Array(11) }, /holds 11 bytes, its name says 2×2×3/],
    [{ train_masks_u8_2x2x3: new Uint8Array(12).fill(3) }, /scene 0 has 3, classes end at 2/],
    [{ 'test_targets.jsonl': null }, /test_targets.jsonl.gz is missing/],
    [{ 'test_targets.jsonl': `${line(0)}\n${line(0)}` }, /2 lines for 1 scenes/],
    [{ 'test_targets.jsonl': '{' }, /line 1: expected \{label, boxes/],
    [{ 'test_targets.jsonl': line(2) }, /label 2, there are 2 classes/],
    [{ 'test_targets.jsonl': line(0, [2, 0, 0, 1, 1]) }, /a box of class 2/],
    [{ 'test_targets.jsonl': line(0, [0, 0, 0, 4, 1]) }, /0, 0, 4, 1 is empty or leaves the scene/],
  ])('says what is wrong with %o', async (changes, message) => {
    const opened = openScenes(folderWith(changes), 2);
    await expect(opened).rejects.toThrow(DatasetFormatError);
    await expect(opened).rejects.toThrow(message);
  });

  it('says so where there is no folder, or a file is no gzip', async () => {
    await expect(openScenes(path.join(root, 'none'), 2)).rejects.toThrow(DatasetNotFoundError);
    const folder = folderWith();
    writeFileSync(path.join(folder, 'test_targets.jsonl.gz'), 'plain');
    await expect(openScenes(folder, 2)).rejects.toThrow(/cannot be inflated/);
  });
});

const shared = path.resolve(process.env['SEXTANT_DATA'] ?? '../shared/data', 'fashion_scenes');

describe.skipIf(!existsSync(shared))(`scenes of garments${withoutTables('fashion_scenes')}`, () => {
  it('are 6,000 and 1,000, each with a box and pixels of its label', async () => {
    const scenes = await openScenes(shared, 10);
    expect([scenes.train.count, scenes.test.count]).toEqual([6000, 1000]);
    const { test, height, width } = scenes;
    const plane = height * width;
    test.boxes.forEach((boxes, at) => {
      const label = test.labels[at] as number;
      expect(boxes.some(([of]) => of === label)).toBe(true);
      expect(test.masks.subarray(at * plane, (at + 1) * plane).includes(label + 1)).toBe(true);
    });
  });
});
