/** @file Checkpoints on disk: a crash at any instant leaves the old file or the new one, never half of one. */
import { createHash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { CheckpointCorruptError } from '@sextant/common';

/** A checkpoint as the database lists it; `bytes` is the size of the file, `sha256` that of its content. */
export interface CheckpointFile {
  readonly step: number;
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

const magic = Buffer.from('SXTCKPT\n', 'ascii');
const version = 1;
const digestAt = 28;
const headerBytes = digestAt + 32;
const kept = 2;

/** magic (8) · version (4) · step (8) · payload length (8) · sha256 of all of these and the payload (32). */
function encode(step: number, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(headerBytes);
  magic.copy(header);
  header.writeUInt32LE(version, 8);
  header.writeBigUInt64LE(BigInt(step), 12);
  header.writeBigUInt64LE(BigInt(payload.byteLength), 20);
  digestOf(header, payload).copy(header, digestAt);
  return Buffer.concat([header, payload]);
}

const digestOf = (header: Uint8Array, payload: Uint8Array): Buffer =>
  createHash('sha256').update(header.subarray(0, digestAt)).update(payload).digest();

/** Newest first; a name sorts as its step does. */
const filesIn = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => /^checkpoint-\d{12}$/.test(name))
    .sort()
    .reverse()
    .map((name) => path.join(directory, name));

/** fsync of a directory makes a rename in it durable; Windows cannot open directories and needs none. */
function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(directory, 'r');
  fsyncSync(handle);
  closeSync(handle);
}

function writeDurably(file: string, content: Uint8Array): void {
  const temporary = `${file}.${process.pid}.tmp`;
  const handle = openSync(temporary, 'w');
  try {
    for (let at = 0; at < content.byteLength;) at += writeSync(handle, content, at);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(temporary, file);
  syncDirectory(path.dirname(file));
}

/** Writes temp → fsync → rename, then removes all but the two newest. `step` is an integer ≥ 0. */
export function writeCheckpoint(
  directory: string,
  step: number,
  payload: Uint8Array,
): CheckpointFile {
  mkdirSync(directory, { recursive: true });
  const file = path.join(directory, `checkpoint-${String(step).padStart(12, '0')}`);
  const content = encode(step, payload);
  writeDurably(file, content);
  for (const old of filesIn(directory).slice(kept)) rmSync(old, { force: true });
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { step, file, sha256, bytes: content.byteLength };
}

/**
 * What `writeCheckpoint` stored.
 * @throws {CheckpointCorruptError} wrong magic, version, length or checksum
 */
export function readCheckpoint(file: string): { step: number; payload: Buffer } {
  const content = readFileSync(file);
  const fail = (why: string) => new CheckpointCorruptError(`${file} is no checkpoint: ${why}`);
  if (content.byteLength < headerBytes) throw fail(`only ${content.byteLength} bytes`);
  if (!content.subarray(0, magic.byteLength).equals(magic)) throw fail('wrong magic');
  const found = content.readUInt32LE(8);
  if (found !== version) throw fail(`version ${found}, this program reads ${version}`);
  const payload = content.subarray(headerBytes);
  const length = content.readBigUInt64LE(20);
  if (BigInt(payload.byteLength) !== length) {
    throw fail(`${payload.byteLength} bytes of content, ${length} announced`);
  }
  const digest = content.subarray(digestAt, headerBytes);
  if (!digestOf(content, payload).equals(digest)) throw fail('checksum does not fit');
  return { step: Number(content.readBigUInt64LE(12)), payload };
}

/** The newest checkpoint that is whole, or null; `onCorrupt` hears of each one passed over. */
export function latestCheckpoint(
  directory: string,
  onCorrupt: (error: CheckpointCorruptError) => void,
): { step: number; payload: Buffer } | null {
  mkdirSync(directory, { recursive: true });
  for (const file of filesIn(directory)) {
    try {
      return readCheckpoint(file);
    } catch (error) {
      if (!(error instanceof CheckpointCorruptError)) throw error;
      onCorrupt(error);
    }
  }
  return null;
}
