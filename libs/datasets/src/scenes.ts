/** @file Scenes with labels for three tasks: what is in an image, where each pixel belongs, and a box around each thing. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { DatasetFormatError, DatasetNotFoundError, messageOf } from '@sextant/common';
import { z } from 'zod';
import { statistics } from './statistics';

/** [class, left, top, right, bottom] in pixels; right and bottom lie just outside. */
export type SceneBox = readonly [number, number, number, number, number];

export interface SceneSet {
  readonly count: number;
  /** [N,C,H,W] bytes. */
  readonly images: Uint8Array;
  /** [N,H,W]: 0 background, class + 1 elsewhere. */
  readonly masks: Uint8Array;
  /** The class of each scene as a whole. */
  readonly labels: Uint8Array;
  readonly boxes: readonly (readonly SceneBox[])[];
}

export interface SceneDataset {
  /** SHA-256, in hexadecimal, of everything that was read. */
  readonly sha256: string;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly classes: number;
  readonly train: SceneSet;
  readonly test: SceneSet;
  /** Per channel, of the training pixels / 255. */
  readonly mean: readonly number[];
  readonly standardDeviation: readonly number[];
}

const inflate = promisify(gunzip);

const edge = z.int().min(0);
const Target = z.strictObject({
  label: z.int().min(0),
  boxes: z.array(z.tuple([z.int().min(0), edge, edge, edge, edge])),
});

/** Sizes of one part, as the names of its files tell them. */
interface PartSize {
  readonly count: number;
  readonly height: number;
  readonly width: number;
}

/**
 * Reads a folder of grey scenes: `<part>_images_u8_<N>x<H>x<W>.gz` and `<part>_masks_u8_<N>x<H>x<W>.gz`, bytes, and
 * `<part>_targets.jsonl.gz`, one `{label, boxes: [[class, x0, y0, x1, y1], …]}` a line, for the parts train and test.
 * @throws {DatasetNotFoundError} there is no such folder
 * @throws {DatasetFormatError} a file is missing, damaged, or of another size than its name says; a label, mask or box
 * does not fit
 */
export async function openScenes(folder: string, classes: number): Promise<SceneDataset> {
  if (!existsSync(folder)) throw new DatasetNotFoundError(`there is no folder of scenes ${folder}`);
  const hash = createHash('sha256');
  const train = await readPart(folder, 'train', classes, hash);
  const test = await readPart(folder, 'test', classes, hash);
  const { height, width } = train.size;
  if (test.size.height !== height || test.size.width !== width) {
    throw new DatasetFormatError(
      `train scenes are ${width}×${height}, test scenes ${test.size.width}×${test.size.height}`,
    );
  }
  const sha256 = hash.digest('hex');
  const shape = { channels: 1, height, width, classes };
  return { sha256, ...shape, train: train.set, test: test.set, ...statistics(train.set, 1) };
}

async function readPart(
  folder: string,
  part: string,
  classes: number,
  hash: { update(bytes: Uint8Array): unknown },
): Promise<{ readonly size: PartSize; readonly set: SceneSet }> {
  const names = await readdir(folder);
  const images = await readArray(folder, names, `${part}_images`);
  const masks = await readArray(folder, names, `${part}_masks`);
  const { count, height, width } = images.size;
  if (masks.bytes.length !== images.bytes.length || masks.size.width !== width) {
    throw new DatasetFormatError(`${part}: images and masks differ in size`);
  }
  const wrong = masks.bytes.findIndex((value) => value > classes);
  if (wrong >= 0) {
    throw new DatasetFormatError(
      `${part}_masks: scene ${Math.floor(wrong / (height * width))} has ${masks.bytes[wrong]}, classes end at ${classes}`,
    );
  }
  const targetsName = `${part}_targets.jsonl.gz`;
  const targetBytes = await inflated(folder, targetsName);
  const targets = parseTargets(targetBytes, targetsName, images.size, classes);
  [images.bytes, masks.bytes, targetBytes].forEach((bytes) => hash.update(bytes));
  const labels = Uint8Array.from(targets, ({ label }) => label);
  const boxes = targets.map((target) => target.boxes);
  return {
    size: images.size,
    set: { count, images: images.bytes, masks: masks.bytes, labels, boxes },
  };
}

async function readArray(folder: string, names: readonly string[], prefix: string) {
  const pattern = new RegExp(`^${prefix}_u8_(\\d+)x(\\d+)x(\\d+)\\.gz$`);
  const found = names.flatMap((name) => pattern.exec(name) ?? []);
  const [name, ...sizes] = found;
  if (name === undefined || found.length !== 4) {
    throw new DatasetFormatError(
      `${path.basename(folder)} needs one file ${prefix}_u8_<N>x<H>x<W>.gz, has ${found.length === 0 ? 'none' : 'several'}`,
    );
  }
  const [count = 0, height = 0, width = 0] = sizes.map(Number);
  const bytes = await inflated(folder, name);
  if (count < 1 || bytes.length !== count * height * width) {
    throw new DatasetFormatError(
      `${name} holds ${bytes.length} bytes, its name says ${count}×${height}×${width}`,
    );
  }
  return { bytes, size: { count, height, width } };
}

async function inflated(folder: string, name: string): Promise<Uint8Array> {
  const status = await lstat(path.join(folder, name)).catch(() => null);
  if (status && !status.isFile()) throw new DatasetFormatError(`${name} is not a plain file`);
  const bytes = await readFile(path.join(folder, name)).catch((cause: unknown) => {
    throw new DatasetFormatError(`${name} is missing`, { cause });
  });
  const content = await inflate(bytes).catch((cause: unknown) => {
    throw new DatasetFormatError(`${name} cannot be inflated: ${messageOf(cause)}`, { cause });
  });
  // not a Buffer, whose slice would be no copy
  return new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
}

function parseTargets(
  bytes: Uint8Array,
  name: string,
  { count, height, width }: PartSize,
  classes: number,
): z.infer<typeof Target>[] {
  const lines = new TextDecoder().decode(bytes).trim().split('\n');
  if (lines.length !== count) {
    throw new DatasetFormatError(`${name} has ${lines.length} lines for ${count} scenes`);
  }
  return lines.map((line, at) => {
    const refuse = (what: string): never => {
      throw new DatasetFormatError(`${name}, line ${at + 1}: ${what}`);
    };
    const { success, data } = Target.safeParse(parseJson(line));
    if (!success) return refuse('expected {label, boxes: [[class, x0, y0, x1, y1], …]}');
    if (data.label >= classes) refuse(`label ${data.label}, there are ${classes} classes`);
    for (const [label, left, top, right, bottom] of data.boxes) {
      if (label >= classes) refuse(`a box of class ${label}, there are ${classes} classes`);
      if (left >= right || top >= bottom || right > width || bottom > height) {
        refuse(`the box ${left}, ${top}, ${right}, ${bottom} is empty or leaves the scene`);
      }
    }
    return data;
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
