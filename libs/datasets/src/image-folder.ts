/** @file Folders train/CLASS/*.png|jpg and test/CLASS/*: classes are the folder names, sorted. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { DatasetFormatError, messageOf } from '@sextant/common';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import type { ImageSet } from './dataset';

interface Picture {
  readonly width: number;
  readonly height: number;
  /** RGBA bytes, row by row. */
  readonly data: Uint8Array;
}

const decoders: Readonly<Record<string, (bytes: Buffer) => Picture>> = {
  '.png': (bytes) => PNG.sync.read(bytes),
  '.jpg': (bytes) => jpeg.decode(bytes, { useTArray: true, maxMemoryUsageInMB: 256 }),
  '.jpeg': (bytes) => jpeg.decode(bytes, { useTArray: true, maxMemoryUsageInMB: 256 }),
};

export interface FolderPart extends ImageSet {
  readonly height: number;
  readonly width: number;
}

/** Class folders of one part, sorted by name. Links are not followed. */
export async function classFolders(part: string): Promise<string[]> {
  const entries = await readdir(part, { withFileTypes: true }).catch((cause: unknown) => {
    throw new DatasetFormatError(
      `${path.basename(part)}: ${messageOf(cause)}; an image folder has train and test`,
      { cause },
    );
  });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/**
 * All pictures of one part, in order of class and file name, as NCHW bytes of three channels.
 * @throws {DatasetFormatError} a class is missing or empty, a file cannot be decoded, or sizes differ
 */
export async function readImageFolder(
  part: string,
  classes: readonly string[],
): Promise<FolderPart> {
  const images: Uint8Array[] = [];
  const labels: number[] = [];
  let size: { readonly height: number; readonly width: number } | null = null;
  for (const [label, name] of classes.entries()) {
    const files = await pictureFiles(path.join(part, name));
    if (files.length === 0) {
      throw new DatasetFormatError(`${path.basename(part)}/${name} holds no .png or .jpg file`);
    }
    for (const file of files) {
      const picture = await decode(file);
      size ??= { height: picture.height, width: picture.width };
      if (picture.height !== size.height || picture.width !== size.width) {
        throw new DatasetFormatError(
          `${name}/${path.basename(file)} is ${picture.width}×${picture.height}, others are ` +
            `${size.width}×${size.height}; resize all images to one size`,
        );
      }
      images.push(planes(picture));
      labels.push(label);
    }
  }
  const { height = 0, width = 0 } = size ?? {};
  return {
    count: labels.length,
    images: Uint8Array.from(Buffer.concat(images)),
    labels: Uint8Array.from(labels),
    height,
    width,
  };
}

async function pictureFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && path.extname(entry.name).toLowerCase() in decoders)
    .map(({ name }) => path.join(folder, name))
    .sort();
}

async function decode(file: string): Promise<Picture> {
  const bytes = await readFile(file);
  try {
    return decoders[path.extname(file).toLowerCase()]?.(bytes) as Picture;
  } catch (cause) {
    throw new DatasetFormatError(`${path.basename(file)} cannot be decoded: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** R, G and B planes of an RGBA picture. */
function planes({ width, height, data }: Picture): Uint8Array {
  const plane = width * height;
  const out = new Uint8Array(3 * plane);
  for (let at = 0; at < plane; at++) {
    for (let c = 0; c < 3; c++) out[c * plane + at] = data[4 * at + c] as number;
  }
  return out;
}
