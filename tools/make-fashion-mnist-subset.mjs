/**
 * @file Writes libs/datasets/data/fashion-mnist-subset from the whole of Fashion-MNIST (IDX files, gzip).
 *
 *   node tools/make-fashion-mnist-subset.mjs <folder with the four IDX .gz files>
 *
 * The first 1,000 training and 200 test images of every class, in file order. The same input gives the same bytes.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

const source = process.argv[2] ?? '/usr/share/datasets/fashion-mnist';
const target = path.join(import.meta.dirname, '../libs/datasets/data/fashion-mnist-subset');
const pixels = 28 * 28;
const classes = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
];

const body = (name, header) => gunzipSync(readFileSync(path.join(source, name))).subarray(header);

function select(prefix, perClass) {
  const images = body(`${prefix}-images-idx3-ubyte.gz`, 16);
  const labels = body(`${prefix}-labels-idx1-ubyte.gz`, 8);
  const taken = new Array(classes.length).fill(0);
  const indices = [...labels.keys()].filter((at) => taken[labels[at]]++ < perClass);
  return {
    labels: Buffer.from(indices.map((at) => labels[at])),
    images: Buffer.concat(indices.map((at) => images.subarray(at * pixels, (at + 1) * pixels))),
  };
}

const idx = (dims, data) => {
  const header = Buffer.alloc(4 + 4 * dims.length);
  header.writeUInt8(0x08, 2);
  header.writeUInt8(dims.length, 3);
  dims.forEach((dim, at) => header.writeUInt32BE(dim, 4 + 4 * at));
  return gzipSync(Buffer.concat([header, data]), { level: 9 });
};

const files = {};
function write(name, bytes) {
  writeFileSync(path.join(target, name), bytes);
  files[name] = createHash('sha256').update(bytes).digest('hex');
}

const parts = { train: select('train', 1000), test: select('t10k', 200) };
for (const [part, { images, labels }] of Object.entries(parts)) {
  write(`${part}-images.idx.gz`, idx([labels.length, 28, 28], images));
  write(`${part}-labels.idx.gz`, idx([labels.length], labels));
}

const scaled = parts.train.images;
const mean = scaled.reduce((sum, value) => sum + value / 255, 0) / scaled.length;
const variance = scaled.reduce((sum, value) => sum + (value / 255 - mean) ** 2, 0) / scaled.length;
const description = {
  name: 'Fashion-MNIST, 10,000 + 2,000 images',
  format: 'idx',
  classes,
  files: {
    trainImages: 'train-images.idx.gz',
    trainLabels: 'train-labels.idx.gz',
    testImages: 'test-images.idx.gz',
    testLabels: 'test-labels.idx.gz',
  },
  sha256: files,
  mean: [Number(mean.toFixed(6))],
  standardDeviation: [Number(Math.sqrt(variance).toFixed(6))],
  licence: 'MIT',
  source: 'Zalando Research, https://github.com/zalandoresearch/fashion-mnist',
};
writeFileSync(path.join(target, 'dataset.json'), `${JSON.stringify(description, null, 2)}\n`);
