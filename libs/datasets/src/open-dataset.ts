/** @file Data sets by id: those that ship with Sextant, then those in the user's own folder. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { lstat, readdir, readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import {
  ConfigurationError,
  DatasetFormatError,
  DatasetNotFoundError,
  messageOf,
  ValidationError,
} from '@sextant/common';
import { concatenate, readCifar10 } from './cifar10';
import { DatasetDescription, type Dataset, type DatasetSummary, type ImageSet } from './dataset';
import { readIdx } from './idx';
import { classFolders, readImageFolder } from './image-folder';
import { openScenes, type SceneDataset } from './scenes';
import { statistics } from './statistics';

export interface DatasetOptions {
  /** Folder of the user's own data sets: <root>/<id>/dataset.json. */
  readonly root?: string | undefined;
}

type Loaded = Pick<Dataset, 'channels' | 'height' | 'width' | 'train' | 'test' | 'classes'>;

const inflate = promisify(gunzip);
const idPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** The folder that holds our package.json: the same from sources and from a bundle. */
function repositoryRoot(): string {
  for (let folder = import.meta.dirname; ; folder = path.dirname(folder)) {
    const manifest = path.join(folder, 'package.json');
    if (existsSync(manifest) && readFileSync(manifest, 'utf8').includes('"name": "sextant"'))
      return folder;
    if (folder === path.dirname(folder))
      throw new ConfigurationError('the data that ships with Sextant is missing');
  }
}

const shippedRoot = (): string => path.join(repositoryRoot(), 'libs/datasets/data');

const rootsOf = ({ root }: DatasetOptions): string[] => [shippedRoot(), ...(root ? [root] : [])];

/**
 * Reads a data set into memory.
 * @throws {DatasetNotFoundError} no data set has this id
 * @throws {DatasetFormatError} its files are not what dataset.json says
 * @throws {ValidationError} it holds scenes: `openSceneDataset` reads those
 */
export async function openDataset(id: string, options: DatasetOptions = {}): Promise<Dataset> {
  const folder = await folderOf(id, options);
  const description = await describe(folder, id);
  const loaded = await load(folder, description);
  requireLabels(loaded.train, loaded.classes.length, `${id} train`);
  requireLabels(loaded.test, loaded.classes.length, `${id} test`);
  const measured = statistics(loaded.train, loaded.channels);
  const { mean = measured.mean, standardDeviation = measured.standardDeviation } = description;
  if (mean.length !== loaded.channels || standardDeviation.length !== loaded.channels) {
    throw new DatasetFormatError(
      `${id}: dataset.json needs one mean and deviation per channel (${loaded.channels})`,
    );
  }
  const { name, licence, source } = description;
  const sha256 = contentHash(loaded);
  return { id, sha256, name, licence, source, ...loaded, mean, standardDeviation };
}

/** A data set of scenes that is on disk by an id. */
export interface NamedSceneDataset extends SceneDataset {
  readonly id: string;
  readonly classNames: readonly string[];
}

/**
 * Reads a data set of scenes, labelled for several tasks, into memory: files as `openScenes` has them, beside a
 * dataset.json of format `scenes`.
 * @throws {DatasetNotFoundError} no data set has this id
 * @throws {DatasetFormatError} its files are not what dataset.json says
 * @throws {ValidationError} it holds images of one label each
 */
export async function openSceneDataset(
  id: string,
  options: DatasetOptions = {},
): Promise<NamedSceneDataset> {
  const folder = await folderOf(id, options);
  const description = await describe(folder, id);
  if (description.format !== 'scenes') {
    throw notOf(id, 'one label for each image', 'a data set of scenes');
  }
  const scenes = await openScenes(folder, description.classes.length);
  const { mean = scenes.mean, standardDeviation = scenes.standardDeviation } = description;
  return { id, classNames: description.classes, ...scenes, mean, standardDeviation };
}

function notOf(id: string, has: string, needed: string): ValidationError {
  const message = `${id} has ${has}; this method needs ${needed}`;
  return new ValidationError(message, [{ pointer: '/dataset', message }]);
}

/** Every data set there is; a folder that describes itself wrongly is left out. */
export async function listDatasets(options: DatasetOptions = {}): Promise<DatasetSummary[]> {
  const ids = new Set<string>();
  for (const root of rootsOf(options)) {
    const names = await readdir(root).catch(() => []);
    names.filter((name) => idPattern.test(name)).forEach((name) => ids.add(name));
  }
  const all = await Promise.all([...ids].sort().map((id) => summarise(id, options)));
  return all.filter((summary) => summary !== null);
}

async function summarise(id: string, options: DatasetOptions): Promise<DatasetSummary | null> {
  try {
    const folder = await folderOf(id, options);
    const description = await describe(folder, id);
    const { name, licence, source } = description;
    const classes =
      'classes' in description
        ? description.classes
        : await classFolders(path.join(folder, 'train'));
    return { id, name, classes, licence, source };
  } catch (error) {
    if (error instanceof DatasetNotFoundError || error instanceof DatasetFormatError) return null;
    throw error;
  }
}

async function folderOf(id: string, options: DatasetOptions): Promise<string> {
  if (idPattern.test(id)) {
    for (const root of rootsOf(options)) {
      const folder = path.join(root, id);
      if (existsSync(path.join(folder, 'dataset.json'))) return folder;
    }
  }
  const known = (await readdir(shippedRoot())).join(', ');
  throw new DatasetNotFoundError(
    `there is no data set ${JSON.stringify(id)}; shipped: ${known}; your own go to <data sets>/<id>/dataset.json`,
  );
}

async function describe(folder: string, id: string): Promise<DatasetDescription> {
  const text = await readFile(path.join(folder, 'dataset.json'), 'utf8');
  const result = DatasetDescription.safeParse(parseJson(text));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new DatasetFormatError(`${id}/dataset.json: /${issue?.path.join('/')} ${issue?.message}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DatasetFormatError(`dataset.json is not JSON: ${messageOf(cause)}`, { cause });
  }
}

function load(folder: string, description: DatasetDescription): Promise<Loaded> {
  switch (description.format) {
    case 'idx':
      return loadIdx(folder, description);
    case 'cifar10-binary':
      return loadCifar10(folder, description);
    case 'image-folder':
      return loadFolder(folder);
    case 'scenes':
      throw notOf(
        path.basename(folder),
        'scenes, labelled for several tasks',
        'one label for each image; fbnet-v5 is the method for scenes',
      );
  }
}

type Of<F extends DatasetDescription['format']> = Extract<DatasetDescription, { format: F }>;

async function loadIdx(folder: string, { files, sha256, classes }: Of<'idx'>): Promise<Loaded> {
  const array = async (name: string) => readIdx(await contents(folder, name, sha256), name);
  const part = async (imageFile: string, labelFile: string) => {
    const [images, labels] = [await array(imageFile), await array(labelFile)];
    const [count = 0, height = 0, width = 0] = images.dims;
    if (images.dims.length !== 3 || labels.dims.length !== 1 || labels.dims[0] !== count) {
      throw new DatasetFormatError(
        `${imageFile} is ${images.dims.join('×')} and ${labelFile} is ${labels.dims.join('×')}: expected N×H×W and N`,
      );
    }
    return { count, height, width, images: images.data, labels: labels.data };
  };
  const train = await part(files.trainImages, files.trainLabels);
  const test = await part(files.testImages, files.testLabels);
  requireSameSize(train, test);
  return { channels: 1, height: train.height, width: train.width, train, test, classes };
}

async function loadCifar10(
  folder: string,
  { files, sha256, classes }: Of<'cifar10-binary'>,
): Promise<Loaded> {
  const part = async (names: readonly string[]): Promise<ImageSet> =>
    concatenate(
      await Promise.all(
        names.map(async (name) => readCifar10(await contents(folder, name, sha256), name)),
      ),
    );
  return {
    channels: 3,
    height: 32,
    width: 32,
    train: await part(files.train),
    test: await part(files.test),
    classes,
  };
}

async function loadFolder(folder: string): Promise<Loaded> {
  const classes = await classFolders(path.join(folder, 'train'));
  const inTest = await classFolders(path.join(folder, 'test'));
  if (classes.length < 2 || classes.join('/') !== inTest.join('/')) {
    throw new DatasetFormatError(
      `train has classes ${classes.join(', ') || 'none'}, test has ${inTest.join(', ') || 'none'}; they must be the same two or more`,
    );
  }
  const train = await readImageFolder(path.join(folder, 'train'), classes);
  const test = await readImageFolder(path.join(folder, 'test'), classes);
  requireSameSize(train, test);
  return { channels: 3, height: train.height, width: train.width, train, test, classes };
}

function requireSameSize(
  train: { readonly height: number; readonly width: number },
  test: { readonly height: number; readonly width: number },
): void {
  if (train.height === test.height && train.width === test.width) return;
  throw new DatasetFormatError(
    `train images are ${train.width}×${train.height}, test images ${test.width}×${test.height}`,
  );
}

/** A file of the data set, inflated if its name ends in .gz, checked where a checksum is given. Links are refused. */
async function contents(
  folder: string,
  name: string,
  sha256: Readonly<Record<string, string>>,
): Promise<Uint8Array> {
  const file = path.join(folder, name);
  const status = await lstat(file).catch((cause: unknown) => {
    throw new DatasetFormatError(`${name} is missing`, { cause });
  });
  const inside = path.dirname(await realpath(file)) === (await realpath(folder));
  if (!status.isFile() || !inside)
    throw new DatasetFormatError(`${name} is not a plain file of the data set`);
  const bytes = await readFile(file);
  const expected = sha256[name];
  if (expected && createHash('sha256').update(bytes).digest('hex') !== expected) {
    throw new DatasetFormatError(`${name} does not match its checksum; fetch it again`);
  }
  if (!name.endsWith('.gz')) return bytes;
  return inflate(bytes).catch((cause: unknown) => {
    throw new DatasetFormatError(`${name} cannot be inflated: ${messageOf(cause)}`, { cause });
  });
}

function requireLabels({ count, labels }: ImageSet, classes: number, what: string): void {
  if (count === 0) throw new DatasetFormatError(`${what} has no images`);
  const bad = labels.findIndex((label) => label >= classes);
  if (bad >= 0) {
    throw new DatasetFormatError(
      `${what}: image ${bad} has label ${labels[bad]}, there are ${classes} classes`,
    );
  }
}

function contentHash({ train, test }: Loaded): string {
  const hash = createHash('sha256');
  for (const bytes of [train.images, train.labels, test.images, test.labels]) hash.update(bytes);
  return hash.digest('hex');
}
